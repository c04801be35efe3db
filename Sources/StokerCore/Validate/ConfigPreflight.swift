/// What promtool accepts and Prometheus suffers from, found by reading the files before anything is written.
///
/// The measure of every check is what a *change* breaks: something that was just as odd in the configuration that runs
/// now does not stop a commit that has nothing to do with it.
public struct ConfigPreflight: Sendable {
    /// The configuration a change starts from.
    public struct Previous: Sendable {
        /// The main file; nil where there was none or it did not parse.
        public let main: Node?
        /// What the main file names.
        public let references: ConfigReferences
        /// The managed files, relative to the target's folder.
        public let files: FileTree

        /// Nothing is looked up here: the caller has read it all.
        public init(main: Node?, references: ConfigReferences, files: FileTree) {
            self.main = main
            self.references = references
            self.files = files
        }
    }

    /// What was found. Files of findings are relative to the target's folder.
    public struct Verdict: Hashable, Sendable {
        /// Reasons to reject the content.
        public var findings: [Finding] = []
        /// Files that the host lacks: reasons to wait.
        public var missing: [Finding] = []
        /// What people should know; never a reason to stop.
        public var warnings: [Finding] = []

        /// Nothing found.
        public init() {}
    }

    /// Path of the main file relative to the target's folder; nil for a folder of rules.
    public let configFile: String?
    /// The main file; nil where it does not parse, which is left to promtool to say.
    public let main: Node?
    /// Those of the main file, of scrape_config files and of the web configuration.
    public let references: ConfigReferences
    /// All managed files as they will be.
    public let files: FileTree
    /// Parsed rule files, by path: those that are new or changed, where they parse.
    public let ruleFiles: [String: Node]
    /// Nil at the very first deployment into an empty folder.
    public let previous: Previous?
    /// How the process sees the target's folder.
    public let view: ProcessView
    /// The program, for messages.
    public var product = "Prometheus"
    /// What the host has besides our files.
    public let host: HostObservation

    /// Takes what was read; judges nothing yet.
    public init(
        configFile: String?, main: Node?, references: ConfigReferences, files: FileTree, ruleFiles: [String: Node],
        previous: Previous?, view: ProcessView, host: HostObservation
    ) {
        self.configFile = configFile
        self.main = main
        self.references = references
        self.files = files
        self.ruleFiles = ruleFiles
        self.previous = previous
        self.view = view
        self.host = host
    }

    /// All checks, in the order of the files.
    public func verdict() -> Verdict {
        var verdict = Verdict()
        if let configFile, let main {
            checkNotEmpty(main, configFile, &verdict)
            checkNotCutShort(main, configFile, &verdict)
            checkRemotes(main, configFile, &verdict)
        }
        for reference in references.all {
            switch reference.kind {
            case .rules, .scrapeConfigs: checkConfiguration(reference, &verdict)
            case .templates: checkTemplates(reference, &verdict)
            case .discovery: checkDiscovery(reference, &verdict)
            case .secret: checkSecret(reference, &verdict)
            }
        }
        checkRuleFiles(&verdict)
        return verdict
    }

    /// The files a reference names, as the process sees them; nil where we cannot look.
    public func expansion(of reference: FileReference) -> [String]? {
        let managed = files.paths.map(view.seen).filter(reference.matches)
        let unmanaged =
            reference.isPattern
            ? host.matches[reference.path] ?? [] : [reference.path].filter(host.present.contains)
        let found = managed + unmanaged.filter { !managed.contains($0) }
        if found.isEmpty, case .unseen = view.place(reference.path) { return nil }
        return found
    }

    /// An empty main file is valid for Prometheus, vmagent and snmp_exporter: they forget everything and report success.
    private func checkNotEmpty(_ main: Node, _ file: String, _ verdict: inout Verdict) {
        guard main.hasNothing else { return }
        if let before = previous?.main, before.hasNothing {
            verdict.warnings.append(Finding(file: file, line: 1, message: "the main file has nothing in it, as before"))
            return
        }
        verdict.findings.append(
            Finding(
                file: file, line: 1,
                message: "the main file has nothing in it: \(product) would drop everything it was configured with"))
    }
}

extension Node {
    /// No value, an empty mapping or an empty list.
    var hasNothing: Bool {
        switch value {
        case .scalar: isNull
        case .sequence(let items): items.isEmpty
        case .mapping(let pairs): pairs.isEmpty
        }
    }
}
