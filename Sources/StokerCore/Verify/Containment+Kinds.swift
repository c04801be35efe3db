// The relatives of Prometheus: what each shows of its configuration, compared by the names people gave to its parts.
extension Containment {
    /// A configuration whose parts have names: blackbox_exporter's `modules`, snmp_exporter's top level.
    /// - Parameter section: the key that holds the parts; nil: the top level.
    public static func compareModules(declared: Node, served: Node, section: String?) -> [Difference] {
        var comparison = Containment(scalars: ScalarText(configDirectory: ".", workingDirectory: ""))
        comparison.modules(
            section.map { declared[$0] } ?? declared, section.map { served[$0] } ?? served, section ?? "")
        if let section {
            for pair in MappingView(declared).entries where pair.key != section {
                comparison.compare(pair.value, served[pair.key], key: pair.key, path: pair.key)
            }
        }
        return comparison.failuresFirst
    }

    private mutating func modules(_ declared: Node?, _ served: Node?, _ section: String) {
        // A module of nothing but defaults is written as an empty mapping: it counts by its name all the same.
        let ours = (declared?.pairs ?? []).filter { $0.key.text != nil }
        var names: Set<String> = []
        for pair in ours {
            guard let name = pair.key.text, name != "<<" else { continue }
            names.insert(name)
            let path = section.isEmpty ? name : "\(section).\(name)"
            if let found = served?[name] {
                if section.isEmpty { namedParts(of: name, pair.value, found) }
                compare(pair.value, found, key: "", path: path)
            } else {
                note(.missing(.module), at: path, "module \"\(name)\" is declared but the process does not serve it")
            }
        }
        for name in (served?.pairs ?? []).compactMap(\.key.text).sorted() where !names.contains(name) {
            note(
                .stale(.module), at: section.isEmpty ? name : "\(section).\(name)",
                "module \"\(name)\" is not in the file any more but the process still serves it")
        }
    }

    /// Newer snmp_exporters have their modules in a section of its own, beside `auths`. What else is served there may come
    /// from a further `--config.file`.
    private mutating func namedParts(of section: String, _ declared: Node, _ served: Node) {
        guard section == "modules" || section == "auths" else { return }
        let what = section == "modules" ? "module" : "auth"
        for name in (declared.pairs ?? []).compactMap(\.key.text) where name != "<<" && served[name] == nil {
            note(
                .missing(.module), at: "\(section).\(name)",
                "\(what) \"\(name)\" is declared but the process does not serve it")
        }
    }

    /// vmagent's configuration: as the file, with the jobs of `scrape_config_files` in it.
    public static func compareInlined(declared: Node, included: [Node], served: Node, context: Context) -> [Difference]
    {
        var comparison = Containment(
            scalars: ScalarText(
                configDirectory: context.configDirectory, workingDirectory: context.workingDirectory))
        for pair in MappingView(declared).entries
        where pair.key != "scrape_configs" && pair.key != "scrape_config_files" {
            comparison.compare(pair.value, served[pair.key], key: pair.key, path: pair.key)
        }
        let jobs = (declared["scrape_configs"]?.items ?? []) + included.flatMap { $0.items ?? [] }
        // What lies outside our files may add jobs of its own.
        let isWhole = (declared["scrape_config_files"]?.items ?? []).isEmpty
        comparison.compareJobs(
            Node(.sequence(jobs)), served["scrape_configs"],
            hasIncludes: isWhole ? nil : declared["scrape_config_files"])
        return comparison.failuresFirst
    }

    /// Alertmanager's receivers by name, its tree of routes, and everything else leaf by leaf.
    public static func compareAlertmanager(declared: Node, served: Node) -> [Difference] {
        var comparison = Containment(scalars: ScalarText(configDirectory: ".", workingDirectory: ""))
        comparison.receivers(declared["receivers"], served["receivers"])
        comparison.routes(declared["route"], served["route"], path: "route")
        for pair in MappingView(declared).entries where !["receivers", "route", "templates"].contains(pair.key) {
            comparison.compare(pair.value, served[pair.key], key: pair.key, path: pair.key)
        }
        return comparison.failuresFirst
    }

    private mutating func receivers(_ declared: Node?, _ served: Node?) {
        let theirs = (served?.items ?? []).compactMap { $0["name"]?.text }
        let ours = (declared?.items ?? []).compactMap { $0["name"]?.text }
        for name in ours where !theirs.contains(name) {
            note(
                .missing(.receiver), at: "receivers[\(name)]",
                "receiver \"\(name)\" is declared but the process does not serve it")
        }
        for name in theirs where !ours.contains(name) {
            note(
                .stale(.receiver), at: "receivers[\(name)]",
                "receiver \"\(name)\" is not in the file any more but the process still serves it")
        }
    }

    /// The shape of the tree and the receiver of each route: how notifications find their way.
    private mutating func routes(_ declared: Node?, _ served: Node?, path: String) {
        let ours = declared?["routes"]?.items ?? []
        let theirs = served?["routes"]?.items ?? []
        if let receiver = declared?["receiver"]?.text, served?["receiver"]?.text != receiver {
            note(.missing(.route), at: path, "the route to receiver \"\(receiver)\" is not what the process serves")
        }
        if ours.count != theirs.count {
            note(
                .missing(.route), at: path,
                "the file has \(ours.count) routes here and the process serves \(theirs.count)")
        }
        for (index, route) in ours.enumerated() where index < theirs.count {
            routes(route, theirs[index], path: "\(path).routes[\(index)]")
        }
    }

    private var failuresFirst: [Difference] { differences.filter(\.isFailure) + differences.filter { !$0.isFailure } }
}
