import Foundation
import TestSupport
import Testing

/// A promotion stands where everybody sees it, is loud where it breaks the glass, and can be taken back.
@Suite("Promotions that stand")
struct GlassTests {
    private static let closed = "gates: { windows: [ { years: ['2090:2091'] } ] }"

    @Test(
        "broken glass is a warning of the daemon when it is noted and when it deploys, and a line of status meanwhile")
    func loud() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            try world.reconfigure { $0.environments[0].extra.append(Self.closed) }
            try stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("New")])
            try await stoker.wait(for: "the closed window") { $0["reason"].string == "OutsideWindow" }
            try #require(try await stoker.status()["promotion"].isNull)
            try #require(try await stoker.run("freeze", "production", "--reason", "sale").code == 0)
            try await stoker.wait(for: "the freeze") { $0["reason"].string == "Frozen" }
            let glass = ["promote", "production", commit, "--break-glass", "--reason", "outage"]
            try #require(try await stoker.run(glass).code == 0)
            try await stoker.wait(for: "the promotion") { $0["promotion"]["break_glass"].bool == true }
            let user = try await Shell.succeed(["id", "-un"]).trimmingCharacters(in: .whitespacesAndNewlines)
            let words =
                "promoted past soak and windows by \(user): outage (`stoker reject production main@sha1:\(commit)"
            for command in ["status", "why"] {
                let table = try await stoker.run(command, "production").output
                try #require(table.contains(words), "\(table)")
            }
            let standing = try await stoker.json("why", "production")["promotion"]
            try #require(standing["actor"].string == user && standing["reason"].string == "outage", "\(standing)")
            try #require(standing["revision"].string == "main@sha1:\(commit)", "\(standing)")
            try #require(standing["at"].string?.hasPrefix("2") == true, "\(standing)")
            try Self.requireOne("promoted past soak and windows", commit, user, in: stoker.log)
            try #require(!stoker.log.contains("deploying past soak and windows"))

            try #require(try await stoker.run("unfreeze", "production").code == 0)
            try await stoker.wait(outcome: "verified", revision: commit)
            try Self.requireOne("promoted past soak and windows", commit, user, in: stoker.log)
            try Self.requireOne("deploying past soak and windows", commit, user, in: stoker.log)
            let after = try await stoker.run("status").output
            try #require(!after.contains("promoted past"), "\(after)")
            try #require(try await stoker.status()["promotion"].isNull)
        }
    }

    private static func requireOne(_ message: String, _ commit: String, _ user: String, in log: String) throws {
        let lines = log.split(separator: "\n").filter { $0.contains("msg=\"\(message)\"") }
        try #require(lines.count == 1, "\(lines)")
        for fact in ["level=warning", "by=\(user)", "reason=outage", "revision=main@sha1:\(commit)"] {
            try #require(lines[0].contains(fact), "\(lines)")
        }
    }

    @Test("a promotion is taken back by another one, also of the newest, and by a rejection")
    func takenBack() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            try world.reconfigure { $0.environments[0].extra.append(Self.closed) }
            let second = try await world.push(["rules/new.yml": Sample.alerts("Second")])
            let third = try await world.push(["rules/new.yml": Sample.alerts("Third")])
            try #require(try await stoker.run("run", "--once").code == 4)
            for commit in [second, third] {
                try #require(try await stoker.run("promote", "production", commit).code == 0)
                _ = try await stoker.run("run", "--once")
                let status = try await stoker.status()
                try #require(status["promotion"]["revision"].string == "main@sha1:\(commit)", "\(status)")
                try #require(status["promotion"]["break_glass"].bool == false, "\(status)")
                try #require(status["candidate_revision"].string == "main@sha1:\(commit)", "\(status)")
                let table = try await stoker.run("status").output
                try #require(table.contains("; main@sha1:\(commit.prefix(7)) promoted by "), "\(table)")
            }
            try #require(try await stoker.run("reject", "production", third, "--reason", "not yet").code == 0)
            try #require(try await stoker.status()["promotion"].isNull)
            let table = try await stoker.run("why", "production").output
            try #require(!table.contains("takes it back") && table.contains("it stands rejected"), "\(table)")
        }
    }
}
