import StokerCore

extension Prover {
    /// vmalert's rules: exactly ours, as they are written. It shows paths as its `-rule` has them, which may be relative to
    /// a folder it does not tell.
    func proveAlertingRules(_ question: RelativeQuestion, _ probe: inout Probe) async {
        let expectation = question.expectation
        if expectation.ruleFiles.isEmpty, expectation.removedRuleFiles.isEmpty { return }
        let answer = await part(.rules, of: &probe) { () async throws(PrometheusError) in try await client.rules() }
        guard let shown = answer else { return }
        let ours = Set(expectation.ruleFiles.keys).union(expectation.removedRuleFiles)
        let names = Self.fullNames(of: shown, among: ours)
        let served = ServedRules(
            groups: shown.groups.map { group in
                ServedRules.Group(
                    file: names[group.file] ?? group.file, name: group.name, intervalSeconds: group.intervalSeconds,
                    limit: nil, rules: group.rules)
            })
        // A group that waits for its first evaluation takes a new configuration only then.
        let longest = (served.groups.map(\.intervalSeconds).max() ?? 0) * 1000
        probe.patience = .milliseconds(Int64(max(0, min(longest, 3_600_000)))) + .seconds(15)
        let result = RulesProof.compare(
            declared: expectation.ruleFiles, removed: expectation.removedRuleFiles, served: served,
            evaluationInterval: nil)
        probe.warnings += result.differences.filter { !$0.isFailure }.prefix(20).map(\.description)
        var failures = result.differences.filter(\.isFailure)
        let now = RulesProof.fingerprints(shown)
        for (file, name) in names.sorted(by: { $0.key < $1.key }) where expectation.changedRuleFiles.contains(name) {
            if let before = question.evidence?.ruleFiles[file], before == now[file] {
                failures.append(
                    Difference(
                        path: name, kind: .stale(.ruleFile),
                        message: "the file changed but its groups are served as before"))
            }
        }
        probe.parts[.rules] =
            failures.isEmpty
            ? .proved
            : .pending(
                notServed(
                    "\(client.address) does not serve the rule files as declared; check its -rule and its log", failures
                )
            )
    }

    /// The full path for each shown one: itself, or the only one of ours that ends with it.
    static func fullNames(of shown: ServedRules, among ours: Set<String>) -> [String: String] {
        var names: [String: String] = [:]
        for file in Set(shown.groups.map(\.file)) {
            let clean = SeenPath.clean(file)
            if clean.hasPrefix("/") {
                names[file] = clean
                continue
            }
            let fitting = ours.filter { $0.hasSuffix("/" + clean) }
            names[file] = fitting.count == 1 ? fitting.first : clean
        }
        return names
    }
}
