import Foundation
import TestSupport
import Testing

/// Revisions that people name on the command line: what nobody can have meant is refused, and the past is told as the past.
@Suite("Revisions on the command line")
struct RevisionWordsTests {
    private static let commands = [
        ["promote", "production", "REVISION", "--break-glass", "--reason", "x"],
        ["promote", "production", "REVISION", "--dry-run"],
        ["reject", "production", "REVISION", "--reason", "x"],
        ["approve", "production", "REVISION"],
        ["why", "production", "REVISION"],
        ["plan", "--revision", "REVISION"],
        ["plan", "production", "--base", "REVISION"],
        ["diff", "--revision", "REVISION"],
    ]

    @Test("an empty revision is not the newest, and that of another branch is none of this environment")
    func refused() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            try #require(try await stoker.run("suspend", "production", "--reason", "wait").code == 0)
            let commit = try await world.push(["rules/new.yml": Sample.alerts("New")])
            try #require(try await stoker.run("run", "--once").code == 4)
            let before = try await stoker.status()
            let other = "other@sha1:\(commit)"
            for command in Self.commands {
                for (text, words) in [
                    ("", "the revision given for production is empty"),
                    (other, "production follows branch main, and \(other) is named as of other: "),
                ] {
                    let result = try await stoker.run(command.map { $0 == "REVISION" ? text : $0 })
                    try #require(result.code == 1 && result.output.isEmpty, "\(command): \(result)")
                    try #require(result.error.hasPrefix("stoker: \(words)"), "\(command): \(result)")
                    try #require(result.error.split(separator: "\n").count == 1, "\(command): \(result)")
                }
            }
            // Nothing was noted.
            try #require(try await stoker.status() == before)
            let named = try await stoker.json("why", "production", "main@sha1:\(commit)")["explanations"][0]
            try #require(named["revision"].string == "main@sha1:\(commit)", "\(named)")
        }
    }

    @Test("of a revision that what runs contains it is said that it never comes")
    func contained() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            let second = try await world.push(["rules/new.yml": Sample.alerts("New")])
            try #require(try await stoker.run("run", "--once").code == 0)
            try await world.push(["README": "nothing of production"])
            let why = try await stoker.json("why", "production", world.firstCommit)["explanations"][0]
            try #require(why["state"].string == "passed" && why["gates"].array.isEmpty, "\(why)")
            try #require(
                why["message"].string
                    == "main@sha1:\(second.prefix(7)), which runs here, contains it, so it never comes", "\(why)")
            try #require(why["next"].string?.contains("stoker rollback production --to") == true, "\(why)")
            let running = try await stoker.json("why", "production", second)["explanations"][0]
            try #require(running["state"].string == "running", "\(running)")
            // What is to come is held as ever.
            try #require(try await stoker.run("freeze", "production", "--reason", "sale").code == 0)
            let third = try await world.push(["rules/new.yml": Sample.alerts("Newer")])
            _ = try await stoker.run("run", "--once")
            let next = try await stoker.json("why", "production", third)["explanations"][0]
            try #require(next["state"].string == "held", "\(next)")
        }
    }

    @Test("a suspension that ends by itself says what is left of it")
    func suspension() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            let done = try await stoker.run("suspend", "production", "--reason", "work", "--for", "2h")
            try #require(done.code == 0, "\(done)")
            let message = try await stoker.status()["message"].string ?? ""
            try #require(message.contains(": work; 1h59m") && message.hasSuffix(" left"), "\(message)")
            try #require(try await stoker.run("suspend", "production", "--reason", "work").code == 0)
            try #require(try await stoker.status()["message"].string?.hasSuffix(": work") == true)
        }
    }
}
