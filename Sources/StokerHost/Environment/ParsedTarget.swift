import StokerCore
import YAML

/// One target's files as far as they must be understood: the main file, what it refers to, the rules and jobs in it.
/// Parsed once for a content; an unchanged content is never parsed again.
struct ParsedTarget {
    let main: Node?
    let references: ConfigReferences
    let roles: FileRoles
    /// Rule files by their path in the target's tree.
    let rules: [String: Node]
    let scrapeConfigs: [Node]
    /// The main file as it stands, for programs that show a digest of it.
    let mainBytes: [UInt8]?
    /// Template files by their path in the target's tree.
    let templates: Set<String>
    let jobs: [Pools.Job]

    /// - Parameters:
    ///   - webConfig: the file of the process's `--web.config.file`, as it names it.
    ///   - folder: what tells the role of files that no main file names.
    init(
        _ target: TargetConfiguration, tree: FileTree, view: ProcessView, webConfig: String?, folder: FolderRoles,
        blobs: any Blobs
    ) throws(BlobUnavailable) {
        var references = ConfigReferences()
        var main: Node?
        var mainBytes: [UInt8]?
        if let path = target.configFile, let entry = tree[path] {
            let bytes = try blobs.bytes(of: entry.blob, limit: Rollout.largestFile)
            main = Self.parse(bytes)
            switch target.profile.readBack {
            case .alertmanager, .hash: mainBytes = bytes
            case .prometheus, .maskedConfig, .inlinedConfig, .rules, .nothing: break
            }
            if let main { references = ConfigReferences(of: main, file: path, view: view) }
        }
        let first = FileRoles(
            main: target.configFile, webConfig: webConfig, references: references, view: view, folder: folder)
        var included: [Node] = []
        for (path, entry) in tree.files.sorted(by: { $0.key < $1.key }) where first.role(of: path) == .scrapeConfigs {
            guard let node = Self.parse(try blobs.bytes(of: entry.blob, limit: Rollout.largestFile)) else { continue }
            included.append(node)
            references = references + ConfigReferences(of: node, file: path, view: view)
        }
        let roles = FileRoles(
            main: target.configFile, webConfig: webConfig, references: references, view: view, folder: folder)
        var rules: [String: Node] = [:]
        for (path, entry) in tree.files where roles.role(of: path) == .rules {
            rules[path] = Self.parse(
                try blobs.bytes(of: entry.blob, limit: Rollout.largestFile), merge: .writtenWins)
        }
        self.main = main
        self.mainBytes = mainBytes
        let patterns = references.of(.templates)
        templates = Set(tree.paths.filter { path in patterns.contains { $0.matches(view.seen(path)) } })
        self.references = references
        self.roles = roles
        self.rules = rules
        scrapeConfigs = included
        let hasPools = target.kind == .prometheus
        jobs = hasPools ? (main.map(Pools.jobs) ?? []) + included.flatMap(Pools.jobs) : []
    }

    /// A file that does not parse is the validator's business; here it says nothing.
    private static func parse(_ bytes: [UInt8], merge: YAML.MergeRule = .laterWins) -> Node? {
        do { return try YAML.parse(bytes, merge: merge) } catch { return nil }
    }

    /// Scrape configuration or discovery differ, so that the user's checks must settle longer.
    func changesScraping(from before: ParsedTarget?, changed: some Sequence<String>) -> Bool {
        if changed.contains(where: { roles.role(of: $0) == .scrapeConfigs || roles.role(of: $0) == .live }) {
            return true
        }
        guard let main else { return false }
        guard let old = before?.main else { return true }
        for key in ["scrape_configs", "global", "scrape_config_files"] where !Self.same(main[key], old[key]) {
            return true
        }
        return false
    }

    static func same(_ a: Node?, _ b: Node?) -> Bool {
        switch (a?.value, b?.value) {
        case (nil, nil): true
        case (.scalar(let x, _), .scalar(let y, _)): x == y
        case (.sequence(let x), .sequence(let y)): x.count == y.count && zip(x, y).allSatisfy { same($0, $1) }
        case (.mapping(let x), .mapping(let y)):
            x.count == y.count && zip(x, y).allSatisfy { same($0.key, $1.key) && same($0.value, $1.value) }
        case (.scalar, _), (.sequence, _), (.mapping, _), (nil, _): false
        }
    }
}

extension ParsedTarget {
    /// Whether the main file sends alerts anywhere.
    var namesAlertmanagers: Bool { !(main?["alerting"]?["alertmanagers"]?.items ?? []).isEmpty }

    /// The patterns by which the process finds files.
    var globs: [String] { references.all.filter { $0.isPattern && $0.kind != .secret }.map(\.text) }
}

extension ProcessView {
    /// Whether a pattern of the configuration, as the process expands it, finds a file of the target's folder.
    func matchesGlob(_ glob: String, _ path: String) -> Bool {
        Glob.goGlob(SeenPath.absolute(glob, in: seenAt), finds: seen(path))
    }
}
