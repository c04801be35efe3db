import TestSupport
import Testing

/// Staging and production on two hosts: two daemons with one config file, each of which runs one environment.
@Suite("Remote staging")
struct RemoteStagingTests {
    @Test(
        "production takes what the other Stoker verified, waits while it cannot be asked, and never takes what it refused"
    )
    func pipeline() async throws {
        try await World.run(.installed) { world in
            let pair = try await Pair(world)
            try await pair.startStaging()
            let first = try await pair.push("First")
            try await pair.staging.wait(outcome: "verified", revision: first, in: "staging")
            try world.stoker.start("--environment", "production", "--web.listen-address", "127.0.0.1:\(pair.ports.1)")
            try await Self.live(first, world)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "First"])
            try await Self.requireAPI(pair)

            // Nobody is there to ask: it waits, and says for whom and why.
            try #require(try await pair.staging.terminate() == .code(0))
            let second = try await pair.push("Second")
            let held = try await world.stoker.wait(for: "a hold") {
                $0["reason"].string == "WaitingForUpstream"
                    && $0["message"].string?.contains("refuses connections") == true
            }
            try #require(
                held["message"].string?.contains("staging cannot be asked: http://127.0.0.1:") == true, "\(held)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "First"])
            try await Self.requireSince(world)
            try await pair.startStaging()
            try await pair.staging.wait(outcome: "verified", revision: second, in: "staging")
            try await Self.live(second, world)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Second"])

            // What staging refuses stays there.
            let bad = try await world.repository.push([
                "staging/rules/new.yml": Sample.alerts("Broken", expr: "up =="),
                "production/rules/new.yml": Sample.alerts("Third"),
            ])
            try await pair.staging.wait(outcome: "rejected", revision: bad, in: "staging")
            try await world.stoker.wait(for: "a hold for what staging refused") {
                $0["reason"].string == "WaitingForUpstream"
                    && $0["message"].string?.contains("staging refused it") == true
            }
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Second"])
            try #require(try await world.stoker.history().allSatisfy { !($0["revision"].string ?? "").hasSuffix(bad) })
        }
    }

    @Test(
        "between two polls: while production waits the other Stoker is asked every 15 seconds, and news is taken at once"
    )
    func betweenPolls() async throws {
        try await World.run(.installed) { world in
            let pair = try await Pair(world, pollInterval: "1h", soak: "0s")
            try await pair.startStaging()
            try await pair.staging.wait(for: "the first turn", in: "staging") { $0["outcome"].string == "verified" }
            let first = try await pair.push("First")
            // What runs there may still soak for production, which nobody has asked yet.
            let reconciled = try await pair.staging.run("reconcile", "staging")
            try #require([0, 4].contains(reconciled.code), "\(reconciled)")
            try world.stoker.start("--environment", "production", "--web.listen-address", "127.0.0.1:\(pair.ports.1)")
            try await Self.live(first, world)
            let second = try await pair.push("Second")
            let held = try await world.stoker.run("reconcile", "production")
            try #require(held.code == 4, "\(held)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "First"])
            let again = try await pair.staging.run("reconcile", "staging")
            try #require([0, 4].contains(again.code), "\(again)")
            try await Self.live(second, world)
        }
    }

    @Test("before a revision enters the other Stoker is asked: what was rolled back there a moment ago stays out")
    func rolledBackMeanwhile() async throws {
        try await World.run(.installed) { world in
            let pair = try await Pair(world, pollInterval: "1h", soak: "0s")
            try await pair.startStaging()
            try await pair.staging.wait(for: "the first turn", in: "staging") { $0["outcome"].string == "verified" }
            try world.stoker.start("--environment", "production", "--web.listen-address", "127.0.0.1:\(pair.ports.1)")
            try await world.stoker.wait(for: "the first turn", in: "production") { $0["phase"].string != nil }
            let commit = try await pair.push("New")
            let reconciled = try await pair.staging.run("reconcile", "staging")
            try #require([0, 4].contains(reconciled.code), "\(reconciled)")
            try #require(
                try await world.stoker.run("freeze", "production", "--reason", "sale", "--for", "15s").code == 0)
            _ = try await world.stoker.run("reconcile", "production")
            try await world.stoker.wait(for: "the freeze", in: "production") {
                $0["reason"].string == "Frozen" && $0["candidate_revision"].string?.hasSuffix(commit) == true
            }
            // Nobody wakes production's Stoker for that, and it asks by itself once an hour.
            _ = try await pair.staging.run("rollback", "staging")
            try #require(try await world.stoker.status("production")["reason"].string == "Frozen")
            try await world.stoker.wait(for: "the end of the freeze", in: "production") {
                $0["reason"].string == "WaitingForUpstream"
                    && $0["message"].string?.contains("it was rolled back by ") == true
            }
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
        }
    }

    @Test("in one daemon: what staging verified between two polls goes on to production at once")
    func neighbours() async throws {
        try await World.run(.installed) { world in
            let pair = try await Pair(world, pollInterval: "1h", soak: "1s", isRemote: false)
            try world.stoker.start()
            let first = try await pair.push("First")
            // The requests come in file order: production has looked long before staging is done.
            try #require(try await world.stoker.run("reconcile", "--no-wait").code == 0)
            try await Self.live(first, world)
            try #require(try await world.stoker.status("staging")["running_revision"].string?.hasSuffix(first) == true)
        }
    }

    /// An outcome belongs to the attempt before for as long as something is waited for.
    private static func live(_ commit: String, _ world: World) async throws {
        try await world.stoker.wait(for: "\(commit.prefix(12)) verified in production") {
            $0["outcome"].string == "verified" && $0["running_revision"].string?.hasSuffix(commit) == true
        }
    }

    /// Who asks once tells what the daemon knows of since when, every time the same.
    private static func requireSince(_ world: World) async throws {
        func since() async throws -> String {
            let why = try await world.stoker.json("why", "production")["explanations"].array.last ?? .null
            let gate = why["gates"].array.first { $0["gate"].string == "WaitingForUpstream" }
            try #require(gate?["open"].bool == false, "\(why)")
            return try #require(gate?["since"].string, "\(why)")
        }
        let first = try await since()
        let beginning = ContinuousClock.now
        try await eventually("another second") { ContinuousClock.now - beginning > .seconds(1) }
        try #require(try await since() == first)
    }

    /// Each tells about its own environment alone, and lists both.
    private static func requireAPI(_ pair: Pair) async throws {
        let (staging, production) = pair.ports
        func get(_ port: UInt16, _ path: String) async throws -> LoopbackHTTP.Response {
            try await Background.run { try LoopbackHTTP.request(port: port, path: "/api/v1/environments\(path)") }
        }
        try #require(try await get(staging, "/staging").status == 200)
        try #require(try await get(staging, "/production").status == 404)
        try #require(try await get(production, "/production").status == 200)
        try #require(try await get(production, "/staging").status == 404)
        try await eventually("the list that `status` prints", within: .seconds(20)) {
            let list = try JSON(parsing: try await get(production, "").body)["data"]
            try #require(list["environments"].array.map { $0["name"].string } == ["staging", "production"])
            let printed = try await pair.world.stoker.json("status")
            guard list == printed else { throw TestFailure("\(list) is not \(printed)") }
            return true
        }
    }

    /// The world's Stoker runs production; another one, with a storage directory of its own, runs staging.
    private struct Pair {
        let world: World
        let staging: StokerProcess
        /// Where the two listen: staging, production.
        let ports: (UInt16, UInt16)

        init(
            _ world: World, pollInterval: String = "1s", soak: String = "2s", isRemote: Bool = true
        ) async throws {
            self.world = world
            let ports = (try FreePort.next(), try FreePort.next())
            self.ports = ports
            let folder = world.directory("etc-staging")
            let process = try world.anotherPrometheus("staging", folder: folder)
            let files = Sample.files(port: process.port)
            for (path, text) in files { try Files.write(text, to: "\(folder)/\(path)") }
            try await process.start()
            try world.reconfigure { file in
                var other = file.environments[0]
                other.name = "staging"
                other.paths = ["staging"]
                if isRemote { other.extra.append("remote: { url: 'http://127.0.0.1:\(ports.0)' }") }
                other.verify = "{ for: 1s }"
                file.pollInterval = pollInterval
                other.targets[0].deployTo = folder
                other.targets[0].url = process.url
                file.environments[0].extra += ["after: [staging]", "gates: { soak: \(soak) }"]
                if isRemote { file.environments[0].extra.append("remote: { url: 'http://127.0.0.1:\(ports.1)' }") }
                file.environments.insert(other, at: 0)
            }
            try await world.repository.push(
                Dictionary(uniqueKeysWithValues: files.map { ("staging/\($0.key)", Optional($0.value)) }))
            staging = try world.stoker.variant(storage: world.directory("data-staging"))
            world.deferred.add { [staging] in staging.stop() }
        }

        func startStaging() async throws {
            try staging.start("--environment", "staging", "--web.listen-address", "127.0.0.1:\(ports.0)")
        }

        /// One alert in both environments.
        func push(_ alert: String) async throws -> String {
            try await world.repository.push([
                "staging/rules/new.yml": Sample.alerts(alert), "production/rules/new.yml": Sample.alerts(alert),
            ])
        }
    }
}
