extension Containment {
    mutating func compareJobs(_ declared: Node, _ served: Node?, hasIncludes: Node?) {
        let theirs = served?.items ?? []
        let byName = Dictionary(
            theirs.compactMap { item in item["job_name"]?.text.map { ($0, item) } },
            uniquingKeysWith: { first, _ in first })
        var names: Set<String> = []
        for job in declared.items ?? [] {
            guard let name = job["job_name"]?.text else { continue }
            names.insert(name)
            let path = "scrape_configs[\(name)]"
            if let found = byName[name] {
                compare(job, found, key: "", path: path)
            } else {
                note(.missing(.job), at: path, "job \"\(name)\" is declared but the process does not serve it")
            }
        }
        guard hasIncludes == nil else { return }
        for name in byName.keys.sorted() where !names.contains(name) {
            note(
                .stale(.job), at: "scrape_configs[\(name)]",
                "job \"\(name)\" is not in the file any more but the process still serves it")
        }
    }

    mutating func comparePaths(
        _ declared: Node, _ served: Node?, key: String, part: Difference.Part, _ noun: String
    ) {
        let theirs = Set((served?.items ?? []).compactMap(\.text).map { seen($0) })
        var ours: Set<String> = []
        for text in (declared.items ?? []).compactMap(\.text) where !text.isEmpty {
            ours.insert(scalars.path(text))
            if !theirs.contains(scalars.path(text)) {
                note(.missing(part), at: key, "\(noun) \(text) is declared but the process does not serve it")
            }
        }
        for path in theirs.subtracting(ours).sorted() {
            note(.stale(part), at: key, "\(noun) \(path) is not declared any more but the process still serves it")
        }
    }

    private func seen(_ path: String) -> String { SeenPath.absolute(path, in: scalars.workingDirectory) }

    /// remote_write and remote_read: by name where one is written, else by URL.
    mutating func compareRemotes(_ declared: Node, _ served: Node?, key: String, part: Difference.Part) {
        var theirs = served?.items ?? []
        for (index, remote) in (declared.items ?? []).enumerated() {
            let url = ServedURL.canonical(remote["url"]?.text ?? "")
            let name = remote["name"]?.text ?? ""
            let path = "\(key)[\(name.isEmpty ? url : name)]"
            let found = theirs.firstIndex { candidate in
                ServedURL.canonical(candidate["url"]?.text ?? "") == url
                    && (name.isEmpty || candidate["name"]?.text == name)
            }
            if let found {
                compare(remote, theirs.remove(at: found), key: "", path: path)
            } else {
                note(
                    .missing(part), at: path,
                    "entry \(index + 1) of \(key) is declared but the process does not serve it")
            }
        }
        for left in theirs {
            let url = ServedURL.canonical(left["url"]?.text ?? "")
            note(.stale(part), at: "\(key)[\(url)]", "an entry of \(key) that is not declared any more is still served")
        }
    }

    mutating func compareAlerting(_ declared: Node, _ served: Node?) {
        for pair in MappingView(declared).entries {
            if pair.key == "alertmanagers" {
                compareAlertmanagers(pair.value, served?["alertmanagers"])
            } else {
                compare(pair.value, served?[pair.key], key: pair.key, path: "alerting.\(pair.key)")
            }
        }
    }

    /// Alertmanagers have no name: one is found again by what it discovers (static targets and kinds of discovery).
    private mutating func compareAlertmanagers(_ declared: Node, _ served: Node?) {
        var theirs = served?.items ?? []
        for (index, manager) in (declared.items ?? []).enumerated() {
            let path = "alerting.alertmanagers[\(index)]"
            let wanted = AlertmanagerIdentity(manager)
            let alike = theirs.indices.filter { AlertmanagerIdentity(theirs[$0]) == wanted }
            let best = alike.first { mismatches(manager, theirs[$0]) == 0 } ?? alike.first
            if let best {
                compare(manager, theirs.remove(at: best), key: "", path: path)
            } else {
                note(
                    .missing(.alertmanager), at: path,
                    "Alertmanager entry \(index + 1) is declared but the process does not serve it")
            }
        }
    }

    private func mismatches(_ declared: Node, _ served: Node) -> Int {
        var trial = Containment(scalars: scalars)
        trial.compare(declared, served, key: "", path: "")
        return trial.differences.count
    }
}

/// By what an entry of `alertmanagers` is recognised.
private struct AlertmanagerIdentity: Equatable {
    let targets: [String]
    let discoveries: [String]

    init(_ entry: Node) {
        targets = (entry["static_configs"]?.items ?? []).flatMap { $0["targets"]?.items ?? [] }.compactMap(\.text)
            .sorted()
        discoveries = MappingView(entry).entries.map(\.key).filter { $0.hasSuffix("_sd_configs") }.sorted()
    }
}
