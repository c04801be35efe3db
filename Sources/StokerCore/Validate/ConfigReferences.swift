/// The files that configuration files name, with their places.
public struct ConfigReferences: Hashable, Sendable {
    /// In the order of the file.
    public let all: [FileReference]

    /// No references at all.
    public init() { all = [] }

    private init(all: [FileReference]) { self.all = all }

    /// Those of one configuration file: a main file of any kind, a scrape_config file or a `web.config.file`.
    ///
    /// - Parameters:
    ///   - root: the parsed file.
    ///   - file: its path relative to the target's folder.
    ///   - view: how the process sees that folder; relative paths are joined to the file's own folder, as Prometheus does.
    public init(of root: Node, file: String, view: ProcessView) {
        var reader = ReferenceReader(file: file, directory: LexicalPath.directory(of: view.seen(file)))
        for pair in root.pairs ?? [] { reader.topLevel(pair) }
        // vmagent's scrape_config files are lists of jobs.
        if root.items != nil { reader.descend(root, owner: "") }
        all = reader.found
    }

    /// References of one kind.
    public func of(_ kind: FileReference.Kind) -> [FileReference] { all.filter { $0.kind == kind } }

    /// Both together.
    public static func + (a: Self, b: Self) -> ConfigReferences { ConfigReferences(all: a.all + b.all) }
}

/// Walks a configuration file for what names files.
private struct ReferenceReader {
    let file: String
    let directory: String
    var found: [FileReference] = []

    /// Keys whose values are free text of the user, where a `…_file` means nothing.
    private static let opaque: Set<String> = [
        "labels", "external_labels", "params", "headers", "endpoint_params", "annotations", "relabel_configs",
        "metric_relabel_configs", "write_relabel_configs", "alert_relabel_configs", "basic_auth_users",
    ]
    /// Files that Prometheus writes.
    private static let outputs: Set<String> = ["query_log_file", "scrape_failure_log_file"]

    init(file: String, directory: String) {
        self.file = file
        self.directory = directory
    }

    mutating func topLevel(_ pair: Node.Pair) {
        switch pair.key.text {
        case "rule_files": list(pair.value, .rules, key: "rule_files", owner: "")
        case "scrape_config_files": list(pair.value, .scrapeConfigs, key: "scrape_config_files", owner: "")
        case "templates": list(pair.value, .templates, key: "templates", owner: "")
        case .some, .none: walk(pair, owner: "")
        }
    }

    private mutating func walk(_ pair: Node.Pair, owner: String) {
        guard let key = pair.key.text, !Self.opaque.contains(key) else { return }
        if key == "file_sd_configs" {
            for item in pair.value.items ?? [] {
                if let files = item["files"] { list(files, .discovery, key: "files", owner: owner) }
            }
        } else if key == "http_headers" {
            for header in pair.value.pairs ?? [] {
                if let files = header.value["files"] { list(files, .secret, key: "files", owner: owner) }
            }
        } else if key.hasSuffix("_file"), pair.value.text != nil {
            if !Self.outputs.contains(key) { add(pair.value, .secret, key: key, owner: owner) }
        } else {
            descend(pair.value, owner: owner)
        }
    }

    mutating func descend(_ node: Node, owner: String) {
        for pair in node.pairs ?? [] { walk(pair, owner: owner) }
        for item in node.items ?? [] { descend(item, owner: name(of: item) ?? owner) }
    }

    /// What people call an entry of a list.
    private func name(of item: Node) -> String? {
        if let job = item["job_name"]?.text { return "scrape job \"\(job)\"" }
        return item["name"]?.text.map { "\"\($0)\"" }
    }

    private mutating func list(_ node: Node, _ kind: FileReference.Kind, key: String, owner: String) {
        for item in node.items ?? [] { add(item, kind, key: key, owner: owner) }
    }

    private mutating func add(_ node: Node, _ kind: FileReference.Kind, key: String, owner: String) {
        guard let text = node.text, !text.isEmpty, !node.isNull else { return }
        // Only these are expanded; a certificate called `a[1].pem` is a plain name.
        let isPattern = kind != .secret && Glob.hasMeta(text)
        found.append(
            FileReference(
                kind: kind, key: key, text: text, path: LexicalPath.join(directory, text), isPattern: isPattern,
                file: file,
                mark: node.mark, bytes: node.bytes, owner: owner))
    }
}
