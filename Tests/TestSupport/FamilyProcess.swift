import Foundation

/// A real relative of Prometheus on a free port.
public final class FamilyProcess: @unchecked Sendable {
    /// Which program.
    public enum Kind: String, Sendable, CaseIterable {
        case alertmanager
        case blackboxExporter = "blackbox_exporter"
        case snmpExporter = "snmp_exporter"
        case vmagent, vmalert
        case agent
        /// A small daemon of the tests' own: `ScriptedDaemon`.
        case scripted = "generic"

        var program: String {
            switch self {
            case .alertmanager: "prometheus-alertmanager"
            case .blackboxExporter: "prometheus-blackbox-exporter"
            case .snmpExporter: "prometheus-snmp-exporter"
            case .vmagent: "vmagent"
            case .vmalert: "vmalert"
            case .agent: "prometheus"
            case .scripted: "python3"
            }
        }

        /// The validator that `Tests/run.sh` unpacked for it.
        public var validator: String { self == .alertmanager ? "amtool" : self == .agent ? "promtool" : program }
    }

    /// Which program.
    public let kind: Kind
    /// The port it listens on.
    public let port: UInt16
    /// Its log.
    public let logPath: String
    private let config: String
    private let directory: String
    private let version: Programs.PrometheusVersion
    private let release: Programs.FamilyRelease
    private let lock = NSLock()
    private var child: Child?

    /// The base URL, as stoker.yml has it.
    public var url: String { "http://127.0.0.1:\(port)" }
    /// Its process id now.
    public var pid: pid_t? { lock.withLock { child?.pid } }

    /// Whether it runs now.
    public var isRunning: Bool { lock.withLock { child?.isRunning ?? false } }

    /// - Parameters:
    ///   - config: the main file, or the pattern of vmalert's rules.
    ///   - directory: where its storage and log go.
    ///   - version: of a Prometheus in agent mode.
    ///   - release: of the others.
    public init(
        _ kind: Kind, config: String, directory: String, port: UInt16? = nil,
        version: Programs.PrometheusVersion = .installed, release: Programs.FamilyRelease = .installed
    ) throws {
        self.kind = kind
        self.config = config
        self.directory = directory
        self.version = version
        self.release = release
        self.port = try port ?? FreePort.next()
        try Files.makeDirectory(directory)
        logPath = "\(directory)/process.log"
    }

    /// Starts it and waits until it answers.
    public func start() async throws {
        let command = try commandLine()
        try lock.withLock { child = try Child(command, directory: directory, output: logPath) }
        do {
            try await eventually("\(kind.rawValue) being ready", within: .seconds(30)) {
                guard self.lock.withLock({ self.child?.isRunning ?? false }) else { throw TestFailure("it ended") }
                return try LoopbackHTTP.request(port: self.port, path: "/metrics").status == 200
            }
        } catch {
            throw TestFailure("\(error); its log:\n\(Files.read(logPath) ?? "")")
        }
    }

    private func commandLine() throws -> [String] {
        let program =
            kind == .agent
            ? try Programs.prometheus("prometheus", version: version) : try Programs.family(kind.program, release)
        let address = "127.0.0.1:\(port)"
        switch kind {
        case .alertmanager:
            return [
                program, "--config.file=\(config)", "--storage.path=\(directory)/data",
                "--web.listen-address=\(address)", "--cluster.listen-address=",
            ]
        case .blackboxExporter, .snmpExporter:
            return [program, "--config.file=\(config)", "--web.listen-address=\(address)"]
        case .vmagent:
            return [
                program, "-promscrape.config=\(config)", "-remoteWrite.url=http://127.0.0.1:1/write",
                "-remoteWrite.tmpDataPath=\(directory)/data", "-httpListenAddr=\(address)",
                "-promscrape.fileSDCheckInterval=1s",
            ]
        case .vmalert:
            return [
                program, "-rule=\(config)", "-datasource.url=http://127.0.0.1:1", "-remoteWrite.url=http://127.0.0.1:1",
                "-notifier.url=http://127.0.0.1:1", "-httpListenAddr=\(address)",
            ]
        case .scripted:
            try Files.write(ScriptedDaemon.script, to: "\(directory)/daemon.py")
            return [program, "\(directory)/daemon.py", "\(port)", config, "\(directory)/mode"]
        case .agent:
            return [
                program, version == .latest ? "--agent" : "--enable-feature=agent", "--config.file=\(config)",
                "--storage.agent.path=\(directory)/data",
                "--web.listen-address=\(address)", "--web.enable-lifecycle",
                "--scrape.discovery-reload-interval=100ms",
            ]
        }
    }

    /// Makes the scripted daemon read nothing any more although its reloads succeed.
    public func ignoreReloads() throws { try Files.write("stale", to: "\(directory)/mode") }

    /// What it answers to a GET.
    public func get(_ path: String) throws -> String { try LoopbackHTTP.request(port: port, path: path).body }

    /// Stops it, politely first.
    public func stop() { lock.withLock { child }?.stop() }
}
