import TestSupport
import Testing

/// `stoker doctor` for the relatives of Prometheus: what each shows can be read, and what none shows is said.
@Suite("Doctor of the family")
struct DoctorFamilyTests {
    private static let samples: [(kind: FamilyProcess.Kind, file: String, text: String, gaps: [String])] = [
        (.alertmanager, "alertmanager.yml", FamilySample.alertmanager(), []),
        (.blackboxExporter, "blackbox.yml", FamilySample.blackbox(), []),
        (.snmpExporter, "snmp.yml", FamilySample.snmp(), ["read_metrics warn"]),
        (.vmagent, "prometheus.yml", FamilySample.jobs(), ["read_metrics warn"]),
        (.vmalert, "rules.yml", FamilySample.rules(), []),
    ]

    @Test("each relative", arguments: FamilyProcess.Kind.allCases.filter { $0 != .agent && $0 != .scripted })
    func relative(_ kind: FamilyProcess.Kind) async throws {
        let sample = try #require(Self.samples.first { $0.kind == kind })
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let main = directory("etc/\(sample.file)")
        try Files.write(sample.text, to: main)
        if kind == .alertmanager { try Files.write(FamilySample.template, to: directory("etc/templates/ops.tmpl")) }
        let process = try FamilyProcess(kind, config: main, directory: directory("process"))
        defer { process.stop() }
        try await process.start()
        let validator = try Programs.family(kind.validator)
        let file = StokerFile(
            sourceURL: directory("repository"),
            environments: [
                .init(targets: [
                    .init(
                        name: kind.rawValue, deployTo: directory("etc"), url: process.url, promtool: validator,
                        extra: ["kind: \(kind.rawValue)"])
                ])
            ])
        try Files.write(file.text, to: directory("stoker.yml"))
        let stoker = try StokerProcess(
            configFile: directory("stoker.yml"), storage: directory("data"), logPath: directory("log"))
        let answer = try await DoctorAnswer(stoker)
        try #require(answer.troubles == sample.gaps && answer.code == 0, "\(answer)")
        try #require(!Files.exists(directory("data")), "the storage directory was made")
        process.stop()
        let down = try await DoctorAnswer(stoker)
        try down.require("process", "warn", "does not answer", "start it")
    }
}
