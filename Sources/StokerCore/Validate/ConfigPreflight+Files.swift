extension ConfigPreflight {
    /// Rule and scrape_config files: configuration itself, which belongs into the repository where it lies in our tree.
    func checkConfiguration(_ reference: FileReference, _ verdict: inout Verdict) {
        guard let found = expansion(of: reference), found.isEmpty else { return }
        if reference.isPattern {
            if isOldAndIdle(reference) { return }
            verdict.findings.append(
                reference.finding(
                    "the \(reference.key) pattern \"\(reference.text)\" matches no file: "
                        + "\(product) would load none and report success"))
            return
        }
        let finding = reference.finding("\(reference.key) names \"\(reference.text)\", which does not exist")
        switch view.place(reference.path) {
        case .ours: verdict.findings.append(finding)
        case .host: verdict.missing.append(finding)
        case .unseen: break
        }
    }

    /// A pattern that is not new and matched nothing before either. (Unmanaged files are the same before and after.)
    private func isOldAndIdle(_ reference: FileReference) -> Bool {
        guard let previous else { return false }
        let isOld = previous.references.all.contains { $0.kind == reference.kind && $0.path == reference.path }
        return isOld && !previous.files.files.keys.contains { reference.matches(view.seen($0)) }
    }

    /// Templates that are not there are loaded as none: receivers that use them fail when they notify. A pattern that never
    /// matched anything, as in Debian's own file, stops nothing.
    func checkTemplates(_ reference: FileReference, _ verdict: inout Verdict) {
        guard let found = expansion(of: reference), found.isEmpty else { return }
        let finding = reference.finding(
            "templates names \"\(reference.text)\", which no file matches: what uses them fails when it notifies")
        let had = previous?.files.paths.contains { reference.matches(view.seen($0)) } ?? false
        if had { verdict.findings.append(finding) } else { verdict.warnings.append(finding) }
    }

    /// A file_sd file may come and go, and Prometheus takes it as it appears: only said. Unless a new pattern takes the
    /// place of one that found our files: then the job would lose all its targets without a word.
    func checkDiscovery(_ reference: FileReference, _ verdict: inout Verdict) {
        guard let found = expansion(of: reference), found.isEmpty else { return }
        let text = "file_sd of \(reference.owner) names \"\(reference.text)\", which no file matches"
        if losesDiscovery(reference) {
            verdict.findings.append(reference.finding("\(text): \(product) would drop its targets and report success"))
        } else {
            verdict.warnings.append(reference.finding("\(text) yet"))
        }
    }

    private func losesDiscovery(_ reference: FileReference) -> Bool {
        guard let previous else { return false }
        func isOfItsJob(_ other: FileReference) -> Bool { other.kind == .discovery && other.owner == reference.owner }
        let former = previous.references.all.filter(isOfItsJob)
        if former.contains(where: { $0.path == reference.path }) { return false }
        guard former.contains(where: { old in previous.files.paths.contains { old.matches(view.seen($0)) } }) else {
            return false
        }
        return references.all.filter(isOfItsJob).allSatisfy { expansion(of: $0)?.isEmpty == true }
    }

    /// Credentials, certificates and keys. promtool checks some of them; a job without its CA just disappears, and a
    /// remote_write whose CA is missing can make Prometheus crash on the reload that rolls it back.
    func checkSecret(_ reference: FileReference, _ verdict: inout Verdict) {
        guard let found = expansion(of: reference), found.isEmpty else { return }
        let place = reference.owner.isEmpty ? "" : " of \(reference.owner)"
        let text = "\(reference.key)\(place) names \"\(reference.text)\""
        if case .ours(let path) = view.place(reference.path), previous?.files[path] != nil {
            verdict.findings.append(reference.finding("\(text), which this change deletes"))
        } else {
            verdict.missing.append(reference.finding("\(text), which does not exist on the host: \(reference.path)"))
        }
    }

    /// Empty rule files: what is left of a merge conflict or a truncated write. Prometheus loads them as no rules.
    func checkRuleFiles(_ verdict: inout Verdict) {
        for (path, node) in ruleFiles.sorted(by: { $0.key < $1.key }) {
            let groups = node["groups"]
            guard groups == nil || groups?.hasNothing == true, node.pairs != nil || node.isNull else { continue }
            let finding = Finding(file: path, line: node.mark.line, message: "the rule file has no groups")
            if previous?.files[path]?.blob == files[path]?.blob {
                verdict.warnings.append(finding)
            } else {
                verdict.findings.append(finding)
            }
        }
    }
}
