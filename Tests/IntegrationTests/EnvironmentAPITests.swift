import TestSupport
import Testing

/// What the daemon says over HTTP about its environments.
@Suite("API")
struct EnvironmentAPITests {
    @Test("the list is what `status` prints; one environment says where it stands for those after it")
    func environments() async throws {
        try await World.run(.installed) { world in
            let port = try FreePort.next()
            try world.stoker.start("--web.listen-address", "127.0.0.1:\(port)")
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(outcome: "verified", revision: commit)
            let printed = try await world.stoker.json("status")
            try await eventually("the list that `status` prints", within: .seconds(10)) {
                try await Self.data(port, "/api/v1/environments") == printed
            }
            let one = try await Self.data(port, "/api/v1/environments/production")
            let standing = one["standing"]
            try #require(JSON.object(one.object.filter { $0.key != "standing" }) == printed["environments"][0])
            let content = try #require(standing["running"].string)
            try #require(standing["verified"][0]["content"].string == content)
            try #require(standing["verified"][0]["takings"][0]["revision"].string?.hasSuffix(commit) == true)
            try #require(standing["verified"].array.count == 2)
            try #require(standing["suspended"] == .bool(false))
            let soaked = try #require(standing["verified"][0]["soaked_seconds"].number)
            try await eventually("more soak", within: .seconds(20)) {
                let now = try await Self.data(port, "/api/v1/environments/production")["standing"]["verified"][0]
                return now["soaked_seconds"].number ?? 0 > soaked
            }
            let absent = try await Self.get(port, "/api/v1/environments/staging")
            try #require(absent.status == 404)
            let error = try JSON(parsing: absent.body)
            try #require(error["error"].string == "this Stoker does not run staging: it runs production")
        }
    }

    @Test("a suspension and a rollback are told at once")
    func decisions() async throws {
        try await World.run(.installed) { world in
            let port = try FreePort.next()
            try world.stoker.start("--web.listen-address", "127.0.0.1:\(port)")
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(outcome: "verified", revision: commit)
            let before = try await Self.data(port, "/api/v1/environments/production")["standing"]
            let bad = try #require(before["running"].string)
            // Held: it stays suspended.
            try #require(try await world.stoker.run("rollback", "production").code == 4)
            try await eventually("a standing without what was rolled back", within: .seconds(20)) {
                let standing = try await Self.data(port, "/api/v1/environments/production")["standing"]
                guard standing["suspended"] == .bool(true), standing["running"].string != bad,
                    standing["revoked"][bad].string?.hasPrefix("it was rolled back by") == true,
                    standing["verified"].array.allSatisfy({ $0["content"].string != bad })
                else { throw TestFailure("\(bad) in \(standing)") }
                return true
            }
        }
    }

    private static func get(_ port: UInt16, _ path: String) async throws -> LoopbackHTTP.Response {
        try await Background.run { try LoopbackHTTP.request(port: port, path: path) }
    }

    private static func data(_ port: UInt16, _ path: String) async throws -> JSON {
        let answer = try await get(port, path)
        guard answer.status == 200 else { throw TestFailure("\(path): \(answer.status) \(answer.body)") }
        return try JSON(parsing: answer.body)["data"]
    }
}
