import StokerCore
import StokerHost
import TestSupport

/// `plan` of 10,000 rules in 100 files, read from git each time: with one changed rule, and with every rule changed.
enum Planning {
    private static let files = 100
    private static let rulesPerFile = 100

    static func run() async throws {
        try await Ground.with(rules: rules(salt: 0)) { ground in
            let base = try await ground.repository.git("rev-parse", "HEAD")
            try await ground.push("r0.yml", Ground.rules("g0", count: rulesPerFile, salt: 1))
            let one = try await ground.repository.git("rev-parse", "HEAD")
            let every = try await ground.repository.push(
                Dictionary(
                    uniqueKeysWithValues: rules(salt: 2).map { ("production/rules/\($0.key)", Optional($0.value)) }))
            try await measure(ground, "plan_one_file_changed", base: base, head: one, changes: 1)
            try await measure(ground, "plan_every_file_changed", base: base, head: every, changes: files)
        }
    }

    private static func rules(salt: Int) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: (0..<files).map {
                ("r\($0).yml", Ground.rules("g\($0)", count: rulesPerFile, salt: salt))
            })
    }

    @HostActor
    private static func measure(
        _ ground: Ground, _ name: String, base: String, head: String, changes: Int
    ) async throws {
        let text = Files.read(ground.configFile) ?? ""
        let configuration = try ConfigFile.read(Array(text.utf8), name: ground.configFile).configuration
        let environment = configuration.environments[0]
        let http = HTTPAccessor(userAgent: "stoker-benchmarks")
        defer { http.close() }
        try Files.makeDirectory(ground.storage)
        if let failure = await SourceFeed(configuration, storage: ground.storage).poll() {
            throw TestFailure("the source could not be fetched: \(failure.message)")
        }
        var costs: [Cost] = []
        for _ in 0..<10 {
            // A new feed remembers nothing: every tree and blob is read again.
            let feed = SourceFeed(configuration, storage: ground.storage)
            let preview = Preview(
                environment, feed: feed, journal: nil, disk: RealDisk(roots: []), http: http,
                scratch: ground.directory("scratch"), storage: ground.storage)
            let run = try await Cost.of {
                try await preview.run(
                    try feed.revision(head, in: environment), base: try feed.revision(base, in: environment),
                    validating: false)
            }
            guard run.value.plan.files.count == changes else {
                throw TestFailure("\(run.value.plan.files.count) files would change and not \(changes)")
            }
            costs.append(run.cost)
        }
        let rules = files * rulesPerFile
        try Figure("\(name)_wall", costs.map(\.wall), .milliseconds, files: files + 1, rules: rules, aim: "under 1000")
            .report()
        try Figure("\(name)_cpu", costs.map(\.cpu), .milliseconds, files: files + 1, rules: rules).report()
    }
}
