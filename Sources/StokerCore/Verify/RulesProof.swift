/// Whether the process serves exactly the groups and rules of our rule files. `/api/v1/rules` is current as soon as a
/// reload ended. Other people's files are listed, never judged. Expressions are reformatted by Prometheus, so a
/// difference there is a warning, except where the whole file is served as it was before although it changed.
public struct RulesProof: Sendable {
    /// What was found.
    public struct Result: Hashable, Sendable {
        /// Failures first.
        public let differences: [Difference]
        /// Files served that are not ours, with their number of groups.
        public let foreignFiles: [String: Int]
    }

    private let workingDirectory: String
    private let evaluationInterval: Duration?
    private var differences: [Difference] = []

    /// Compares our files with what is served.
    /// - Parameters:
    ///   - declared: each managed rule file by its path as the process sees it.
    ///   - removed: paths of managed files that were deleted and must not be served any more.
    ///   - evaluationInterval: what a group without `interval` gets; nil where the main file is not ours.
    ///   - workingDirectory: where relative served paths start.
    public static func compare(
        declared: [String: Node], removed: Set<String> = [], served: ServedRules, evaluationInterval: Duration?,
        workingDirectory: String = ""
    ) -> Result {
        var proof = RulesProof(workingDirectory: workingDirectory, evaluationInterval: evaluationInterval)
        var files = byFile(served, workingDirectory: workingDirectory)
        for (path, node) in declared.sorted(by: { $0.key < $1.key }) {
            let theirs = files.removeValue(forKey: SeenPath.absolute(path, in: workingDirectory)) ?? []
            proof.compareFile(path, node, theirs)
        }
        for path in removed.sorted() {
            if let left = files.removeValue(forKey: SeenPath.absolute(path, in: workingDirectory)), !left.isEmpty {
                proof.note(
                    .stale(.ruleFile), path, "the file was removed but its \(left.count) groups are still served")
            }
        }
        let failures = proof.differences.filter(\.isFailure)
        return Result(
            differences: failures + proof.differences.filter { !$0.isFailure }, foreignFiles: files.mapValues(\.count))
    }

    /// What is served for each file, as one text for each that changes when anything visible of it does.
    /// - Parameter files: only these, by absolute path; nil for all.
    public static func fingerprints(
        _ served: ServedRules, of files: Set<String>? = nil, workingDirectory: String = ""
    ) -> [String: String] {
        byFile(served, workingDirectory: workingDirectory).filter { files?.contains($0.key) ?? true }.mapValues {
            groups in
            fingerprint(groups.map(GroupShape.init), expression: { $0 })
        }
    }

    /// Whether a changed rule file must be served otherwise than before: comments, white space and brackets do not count.
    public static func isChangeVisible(before: Node, after: Node) -> Bool {
        func visible(_ node: Node) -> String {
            fingerprint(GroupShape.declared(node, evaluationInterval: nil), expression: PromQLText.canonical)
        }
        return visible(before) != visible(after)
    }

    private init(workingDirectory: String, evaluationInterval: Duration?) {
        self.workingDirectory = workingDirectory
        self.evaluationInterval = evaluationInterval
    }

    private static func byFile(_ served: ServedRules, workingDirectory: String) -> [String: [ServedRules.Group]] {
        Dictionary(grouping: served.groups) { SeenPath.absolute($0.file, in: workingDirectory) }
    }

    private mutating func compareFile(_ path: String, _ node: Node, _ served: [ServedRules.Group]) {
        var theirs = Dictionary(grouping: served.map(GroupShape.init), by: \.name).compactMapValues(\.first)
        for group in GroupShape.declared(node, evaluationInterval: evaluationInterval) {
            let place = "\(path): group \"\(group.name)\""
            guard let found = theirs.removeValue(forKey: group.name) else {
                // Groups without rules are hidden from 2.53 on.
                if !group.rules.isEmpty { note(.missing(.group), place, "the group is declared but not served") }
                continue
            }
            compareGroup(place, group, found)
        }
        for (name, group) in theirs.sorted(by: { $0.key < $1.key }) where !group.rules.isEmpty {
            note(.stale(.group), "\(path): group \"\(name)\"", "the group is served but not declared any more")
        }
    }

    private mutating func compareGroup(_ place: String, _ declared: GroupShape, _ served: GroupShape) {
        if let ours = declared.intervalMilliseconds, ours != served.intervalMilliseconds {
            note(.missing(.group), place, "the group is served with another interval than declared")
        }
        if let theirs = served.limit, theirs != declared.limit {
            note(.missing(.group), place, "the group is served with another limit than declared")
        }
        var left = Dictionary(grouping: served.rules, by: \.shape)
        for rule in declared.rules {
            guard var candidates = left[rule.shape], !candidates.isEmpty else {
                note(.missing(.rule), place, "\(rule.shape.title) is declared but not served, or served otherwise")
                continue
            }
            let same = index(of: rule.expression, in: candidates)
            if same == nil {
                note(.unmatched, place, "\(rule.shape.title) is served with another expression, or reformatted")
            }
            candidates.remove(at: same ?? 0)
            left[rule.shape] = candidates
        }
        for rule in left.values.flatMap({ $0 }).sorted(by: { $0.shape.title < $1.shape.title }) {
            note(.stale(.rule), place, "\(rule.shape.title) is served but not declared any more, or served otherwise")
        }
    }

    /// Most expressions are served as they are written; reading them as words is for the others.
    private func index(of expression: String, in candidates: [GroupShape.Rule]) -> Int? {
        if let same = candidates.firstIndex(where: { $0.expression == expression }) { return same }
        let wanted = PromQLText.canonical(expression)
        return candidates.firstIndex { PromQLText.canonical($0.expression) == wanted }
    }

    private mutating func note(_ kind: Difference.Kind, _ path: String, _ message: String) {
        if differences.count < Containment.limit {
            differences.append(Difference(path: path, kind: kind, message: message))
        }
    }

    private static func fingerprint(_ groups: [GroupShape], expression: (String) -> String) -> String {
        var hash = Fingerprint()
        for group in groups.sorted(by: { $0.name < $1.name }) {
            hash.add(group.name, "\(group.intervalMilliseconds ?? -1)", "\(group.limit ?? -1)")
            for rule in group.rules {
                let shape = rule.shape
                hash.add(
                    shape.title, expression(rule.expression), "\(shape.forMilliseconds)",
                    "\(shape.keepFiringForMilliseconds)")
                for (key, value) in shape.labels.sorted(by: { $0.key < $1.key }) { hash.add("l", key, value) }
                for (key, value) in shape.annotations.sorted(by: { $0.key < $1.key }) { hash.add("a", key, value) }
            }
        }
        return hash.text
    }
}
