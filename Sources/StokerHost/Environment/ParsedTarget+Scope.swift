import StokerCore

extension ParsedTarget {
    /// What the change from other files to these touches.
    /// - Parameters:
    ///   - before: nil where nothing was deployed, or nothing is known of it: then everything is touched.
    ///   - changed: paths of the target's tree, of both sides.
    func scope(from before: ParsedTarget?, changed: [String], view: ProcessView) -> ChangeScope {
        guard let before else {
            return ChangeScope(
                jobs: .all, ruleFiles: Set(rules.keys.map(view.seen)), alerts: Self.alerts(rules.values), alerting: true
            )
        }
        var scope = ChangeScope()
        scope.jobs = touchedJobs(before, changed, view)
        scope.removedJobs = Set(before.jobs.map(\.name)).subtracting(jobs.map(\.name))
        scope.addedJobs = Set(jobs.map(\.name)).subtracting(before.jobs.map(\.name))
        scope.rediscoveredJobs = rediscoveredJobs(before)
        // Who takes all Alertmanagers out of the file means it; who names some wants to reach them.
        scope.alerting = main == nil || namesAlertmanagers && !Self.same(main?["alerting"], before.main?["alerting"])
        for path in changed where roles.role(of: path) == .rules || before.roles.role(of: path) == .rules {
            scope.ruleFiles.insert(view.seen(path))
        }
        scope.alerts = Self.alerts(changed.compactMap { rules[$0] })
        let groups = Set(rules.flatMap { path, node in Self.groups(node).map { "\(view.seen(path));\($0)" } })
        for (path, node) in before.rules {
            scope.removedGroups.formUnion(
                Self.groups(node).map { "\(view.seen(path));\($0)" }.filter { !groups.contains($0) })
        }
        return scope
    }

    /// A changed definition, a changed discovery file, or common settings that all of them have.
    private func touchedJobs(_ before: ParsedTarget, _ changed: [String], _ view: ProcessView) -> ChangeScope.Jobs {
        guard Self.same(main?["global"], before.main?["global"]) else { return .all }
        let old = Dictionary(before.definitions.map { ($0.name, $0.node) }, uniquingKeysWith: { first, _ in first })
        var touched: Set<String> = []
        for (name, node) in definitions {
            if !Self.same(node, old[name]) { touched.insert(name) }
            let patterns = Self.discoveryFiles(node).map { SeenPath.absolute($0, in: view.seenAt) }
            if changed.contains(where: { path in patterns.contains { Glob.goGlob($0, finds: view.seen(path)) } }) {
                touched.insert(name)
            }
        }
        // A file that some job reads by a path we do not see through (a CA, a password) may concern any of them.
        let isOther = changed.contains { path in
            roles.role(of: path) == .live && !Self.isDiscovery(path, definitions, view)
        }
        return isOther ? .all : .some(touched)
    }

    private func rediscoveredJobs(_ before: ParsedTarget) -> Set<String> {
        let old = Dictionary(before.definitions.map { ($0.name, $0.node) }, uniquingKeysWith: { first, _ in first })
        let changed = definitions.filter { name, node in
            guard let former = old[name] else { return false }
            return (node.pairs ?? []).contains { pair in
                guard let key = pair.key.text, key.hasSuffix("_sd_configs"), key != "file_sd_configs" else {
                    return false
                }
                return !(pair.value.items ?? []).isEmpty && !Self.same(pair.value, former[key])
            }
        }
        return Set(changed.map { $0.name })
    }

    private static func isDiscovery(
        _ path: String, _ definitions: [(name: String, node: Node)], _ view: ProcessView
    ) -> Bool {
        definitions.contains { _, node in
            discoveryFiles(node).contains {
                Glob.goGlob(SeenPath.absolute($0, in: view.seenAt), finds: view.seen(path))
            }
        }
    }

    private var definitions: [(name: String, node: Node)] {
        ([main].compactMap { $0 } + scrapeConfigs).flatMap { $0["scrape_configs"]?.items ?? [] }.compactMap { job in
            job["job_name"]?.text.map { ($0, job) }
        }
    }

    private static func discoveryFiles(_ job: Node) -> [String] {
        (job["file_sd_configs"]?.items ?? []).flatMap { $0["files"]?.items ?? [] }.compactMap(\.text)
    }

    private static func groups(_ file: Node) -> [String] {
        (file["groups"]?.items ?? []).compactMap { $0["name"]?.text }
    }

    private static func alerts(_ files: some Sequence<Node>) -> Set<String> {
        Set(
            files.flatMap { $0["groups"]?.items ?? [] }.flatMap { $0["rules"]?.items ?? [] }
                .compactMap { $0["alert"]?.text })
    }
}
