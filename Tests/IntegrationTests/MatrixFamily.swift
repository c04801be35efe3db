import Foundation
import TestSupport
import Testing

/// The relatives of Prometheus side by side, one environment each, and one Stoker for all of them: a push changes all, one
/// turn judges all.
final class MatrixFamily: Sendable {
    /// One relative.
    struct Member: Sendable {
        /// Its environment.
        let name: String
        let kind: FamilyProcess.Kind
        /// Its main file, or one of its rule files.
        let file: String
        let text: String
        /// With another secret; nil: it has none in its file.
        let otherSecret: String?
        /// How many processes have these files.
        var count = 1
        var others: [String: String] = [:]

        var files: [String: String] { others.merging([file: text]) { $1 } }
    }

    static let members = [
        Member(
            name: "alertmanager", kind: .alertmanager, file: "alertmanager.yml", text: FamilySample.alertmanager(),
            otherSecret: rotated(FamilySample.alertmanager()), others: ["templates/ops.tmpl": FamilySample.template]),
        Member(
            name: "pair", kind: .alertmanager, file: "alertmanager.yml", text: FamilySample.alertmanager(),
            otherSecret: rotated(FamilySample.alertmanager()), count: 2,
            others: ["templates/ops.tmpl": FamilySample.template]),
        Member(
            name: "blackbox_exporter", kind: .blackboxExporter, file: "blackbox.yml", text: FamilySample.blackbox(),
            otherSecret: rotated(FamilySample.blackbox())),
        Member(
            name: "snmp_exporter", kind: .snmpExporter, file: "snmp.yml", text: FamilySample.snmp(),
            otherSecret: rotated(FamilySample.snmp())),
        Member(
            name: "vmagent", kind: .vmagent, file: "prometheus.yml", text: FamilySample.jobs(),
            otherSecret: rotated(FamilySample.jobs())),
        Member(name: "vmalert", kind: .vmalert, file: "a.yml", text: FamilySample.rules(), otherSecret: nil),
        Member(
            name: "agent", kind: .agent, file: "prometheus.yml", text: FamilySample.jobs(),
            otherSecret: rotated(FamilySample.jobs())),
    ]

    private static func rotated(_ text: String) -> String { text.replacing("hunter2secret", with: "correcthorse") }

    /// Which programs.
    let release: Programs.FamilyRelease
    private let directory: TemporaryDirectory
    private let repository: GitRepository
    private let stoker: StokerProcess
    private let processes: [String: [FamilyProcess]]

    /// Those of a release.
    static func members(_ release: Programs.FamilyRelease) -> [Member] {
        if release == .installed { return members }
        return members.filter { $0.kind != .vmagent && $0.kind != .vmalert && $0.kind != .snmpExporter } + [
            Member(
                name: "snmp_exporter", kind: .snmpExporter, file: "snmp.yml", text: FamilySample.snmp(.latest),
                otherSecret: rotated(FamilySample.snmp(.latest)))
        ]
    }

    /// Starts all of them with the files that the repository has, lets Stoker adopt them, and takes them down at the end.
    ///
    /// - Parameters:
    ///   - release: which programs; agent mode is that of the Prometheus beside them.
    ///   - reads: the folder the processes read; Stoker deploys to `etc`.
    ///   - validates: whether the programs' own validators are asked.
    static func run(
        _ release: Programs.FamilyRelease, reads: String = "etc", validates: Bool = true,
        _ body: (MatrixFamily) async throws -> Void
    ) async throws {
        await Slots.shared.acquire()
        let deferred = Deferred()
        let result: Result<Void, any Error>
        do {
            let family = try await MatrixFamily(release, reads, validates, deferred)
            let turn = try await family.stoker.run("run", "--once")
            guard turn.code == 0 else { throw TestFailure("what is there was not adopted: \(turn)") }
            try await body(family)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        deferred.runAll()
        await Slots.shared.release()
        try result.get()
    }

    private init(
        _ release: Programs.FamilyRelease, _ reads: String, _ validates: Bool, _ deferred: Deferred
    ) async throws {
        self.release = release
        let version = release == .installed ? Programs.PrometheusVersion.installed : .latest
        let directory = try TemporaryDirectory(prefix: "stoker-matrix")
        deferred.add { directory.remove() }
        self.directory = directory
        repository = try await GitRepository(in: directory.path)
        var processes: [String: [FamilyProcess]] = [:]
        var environments: [StokerFile.Environment] = []
        var first: [String: String?] = [:]
        for member in Self.members(release) {
            var targets: [StokerFile.Target] = []
            for (path, text) in member.files { first["\(member.name)/\(path)"] = text }
            for index in 0..<member.count {
                let place = "\(member.name)\(index)"
                for folder in Set(["etc", reads]) {
                    for (path, text) in member.files {
                        try Files.write(text, to: directory("\(folder)/\(place)/\(path)"))
                    }
                }
                let config = member.kind == .vmalert ? "*.yml" : member.file
                let process = try FamilyProcess(
                    member.kind, config: directory("\(reads)/\(place)/\(config)"), directory: directory("run/\(place)"),
                    version: version, release: release)
                deferred.add { process.stop() }
                try await process.start()
                processes[member.name, default: []].append(process)
                let validator =
                    member.kind == .agent
                    ? try Programs.prometheus("promtool", version: version)
                    : try Programs.family(member.kind.validator, release)
                let kind = member.kind == .agent ? "prometheus" : member.kind.rawValue
                targets.append(
                    .init(
                        name: place, deployTo: directory("etc/\(place)"), url: process.url, promtool: validator,
                        extra: ["kind: \(kind)"] + (validates ? [] : ["validate: { command: [\"true\"] }"])))
            }
            environments.append(.init(name: member.name, targets: targets))
        }
        try await repository.push(first, message: "first")
        self.processes = processes
        let file = StokerFile(sourceURL: repository.bare, environments: environments)
        try Files.write(file.text, to: directory("stoker.yml"))
        stoker = try StokerProcess(
            configFile: directory("stoker.yml"), storage: directory("data"), logPath: directory("stoker.log"))
    }

    /// Pushes one case for each of these environments, takes one turn, and judges each. Faults are reverted.
    /// Cases of a relative that this release has not are left out.
    func run(_ all: [(environment: String, one: MatrixCase)]) async throws {
        let cases = all.filter { processes[$0.environment] != nil }
        let start = ContinuousClock.now
        var change: [String: String?] = [:]
        for (environment, one) in cases {
            for (path, text) in one.change { change["\(environment)/\(path)"] = text }
        }
        let before = tree
        let commit = try await repository.push(change, message: "change")
        let result = try await stoker.run("run", "--once")
        var hasFault = false
        for (environment, one) in cases {
            let turn = Turn(
                result: result, status: try await stoker.status(environment),
                attempt: try await stoker.history(environment).first ?? .null)
            try one.judge(turn, commit: commit)
            for secret in ["hunter2secret", "correcthorse"] { #expect(!turn.description.contains(secret)) }
            hasFault = hasFault || one.end != .verified
        }
        for name in Set(cases.map(\.one.name)).sorted() {
            try MatrixTally.shared.passed(
                name, hasFault ? .fault : .healthy, on: "relatives \(release)", after: ContinuousClock.now - start)
        }
        print("matrix: \(cases.count) of \(cases.count) cases as they should be [relatives \(release)]")
        guard hasFault else { return }
        try #require(tree == before, "\(result)")
        try await repository.revert()
    }

    /// What the processes of an environment answer to a GET.
    func get(_ environment: String, _ path: String) throws -> [String] {
        try (processes[environment] ?? []).map { try $0.get(path) }
    }

    private var tree: [String: String] { Files.tree(directory("etc")) }
}
