import Digests
import StokerCore
import YAML

extension Prover {
    /// The main file is contained in what is served, and the text changed where it had to.
    func proveConfig(_ question: Question, _ probe: inout Probe) async {
        guard let main = question.expectation.mainFile else { return }
        let answer = await part(.config, of: &probe) { () async throws(PrometheusError) in try await client.config() }
        guard let text = answer else { return }
        guard let served = Self.parse(text) else {
            probe.parts[.config] = .inconclusive("\(client.address)/api/v1/status/config does not hold YAML")
            return
        }
        let differences = Containment.compare(declared: main, served: served, context: context(question.flags))
        probe.warnings += differences.filter { !$0.isFailure }.prefix(20).map(\.description)
        let failures = differences.filter(\.isFailure)
        let isUnchanged =
            question.expectation.visibleChangeDue && question.evidence?.configDigest == Digest.sha256Hex(text)
        if isUnchanged {
            probe.parts[.config] = .failed(notServed("\(client.address) reloaded, but " + Self.unchangedText, failures))
        } else if failures.isEmpty {
            probe.parts[.config] = .proved
        } else {
            probe.parts[.config] = .failed(notServed("\(client.address) does not serve the file as declared", failures))
        }
    }

    /// Exactly the groups and rules of our files, and none of the files that were removed.
    func proveRules(_ question: Question, _ probe: inout Probe) async {
        let expectation = question.expectation
        if expectation.ruleFiles.isEmpty, expectation.removedRuleFiles.isEmpty { return }
        if question.flags?.isAgent == true {
            probe.notProvable = "rules: Prometheus in agent mode has none, so the rule files were not loaded"
            return
        }
        let answer = await part(.rules, of: &probe) { () async throws(PrometheusError) in try await client.rules() }
        guard let served = answer else { return }
        let directory = question.flags?.workingDirectory ?? ""
        let result = RulesProof.compare(
            declared: expectation.ruleFiles, removed: expectation.removedRuleFiles, served: served,
            evaluationInterval: expectation.mainFile.map(Settle.evaluationInterval), workingDirectory: directory)
        probe.warnings += result.differences.filter { !$0.isFailure }.prefix(20).map(\.description)
        var failures = result.differences.filter(\.isFailure)
        let changed = Set(expectation.changedRuleFiles.map { SeenPath.absolute($0, in: directory) })
        let fingerprints = RulesProof.fingerprints(served, of: changed, workingDirectory: directory)
        for seen in changed.sorted() {
            if let before = question.evidence?.ruleFiles[seen], before == fingerprints[seen] {
                failures.append(
                    Difference(
                        path: seen, kind: .stale(.ruleFile),
                        message: "the file changed but its groups are served as before"))
            }
        }
        probe.parts[.rules] =
            failures.isEmpty
            ? .proved : .failed(notServed("\(client.address) does not serve the rule files as declared", failures))
    }

    /// Every declared job has its pool, none failed, and changed discovery files are followed.
    func provePools(_ question: Question, _ probe: inout Probe) async {
        let expectation = question.expectation
        if expectation.jobs.isEmpty, expectation.liveTargets.isEmpty { return }
        let answer = await part(.pools, of: &probe) { () async throws(PrometheusError) in
            try await client.scrapePools()
        }
        guard let pools = answer else { return }
        let result = Pools.compare(
            declared: expectation.jobs, pools: pools, counters: question.metrics?.counters ?? FailureCounters(),
            evidence: question.evidence, sameProcess: question.isSameProcess)
        probe.warnings += result.warnings
        let lost = lostTargets(question)
        probe.syncs = syncs(question, lost)
        let jobs = result.missing.sorted().prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
        if let failed = result.failed {
            let which =
                jobs.isEmpty
                ? "" : "; there is none for job \(jobs): often a missing certificate or CA, see the log of the process"
            probe.parts[.pools] = .failed(notServed("\(client.address): \(failed)\(which)", []))
        } else if !result.missing.isEmpty {
            probe.parts[.pools] = .pending(
                notServed(
                    "\(client.address) has no scrape pool for job \(jobs): its configuration could not be used, often "
                        + "a missing certificate or CA; see the log of the process", []))
        } else if let dropped = lost.first(where: \.condemns) {
            // Relabelling that drops every target of a job loads without a word, and is told by the pools at once: nobody
            // needs to wait for the scrapes.
            probe.parts[.pools] = .pending(dropped.failure)
        } else {
            probe.parts[.pools] = .proved
            await proveLiveTargets(expectation, &probe)
        }
    }

    /// Jobs with fewer targets than before, beyond the threshold.
    private func lostTargets(_ question: Question) -> [Worsening] {
        guard let before = question.evidence?.vitals, let scope = question.evidence?.scope,
            let targets = question.metrics?.targets
        else { return [] }
        var now = Vitals()
        now.targets = targets
        return Comparison.worsenings(
            before: before, now: now, policy: question.expectation.comparison, scope: scope,
            sameProcess: question.isSameProcess, restartExpected: true
        ).filter { $0.sign == .targets }
    }

    /// How often the pools of the jobs that matter have taken in targets since the evidence.
    private func syncs(_ question: Question, _ lost: [Worsening]) -> [String: Probe.PoolSync] {
        let expectation = question.expectation
        // Evidence of a process that was not up is that of another try: it was reloaded before.
        let wasReloaded = expectation.mustMoveTimestamp || question.evidence?.wasUp == false
        guard wasReloaded, question.isSameProcess, expectation.comparison[.targets].action == .fail,
            let before = question.evidence?.vitals, let scope = question.evidence?.scope,
            let now = question.metrics?.targets
        else { return [:] }
        let lost = Set(lost.map(\.subject))
        var syncs: [String: Probe.PoolSync] = [:]
        for job in expectation.jobs where scope.jobs.contains(job.name) {
            guard let old = before.targets[job.name]?.syncs, let new = now[job.name]?.syncs else { continue }
            syncs[job.name] = Probe.PoolSync(
                count: new - old,
                isCertain: job.appearsByItself || scope.rediscoveredJobs?.contains(job.name) == true,
                hasLost: lost.contains(job.name))
        }
        return syncs
    }

    func proveLiveTargets(_ expectation: Expectation, _ probe: inout Probe) async {
        for wanted in expectation.liveTargets {
            let answer = await part(.pools, of: &probe) { () async throws(PrometheusError) in
                try await client.discovered(job: wanted.job)
            }
            guard let found = answer else { return }
            let missing = wanted.addresses.subtracting(found).sorted()
            if let first = missing.first {
                probe.parts[.pools] = .pending(
                    notServed(
                        "job \"\(wanted.job)\" has not discovered \(missing.count) of its file's targets (\(first)"
                            + (missing.count > 1 ? ", …" : "")
                            + "); it may read the file again only at its refresh_interval",
                        []))
                return
            }
        }
    }

    static let unchangedText =
        "the text it serves did not change although the file did, as when the file is bind-mounted by itself into a "
        + "container and was replaced on the host: use layout: single_file (or keep_inode), or mount its folder"

    /// The first differences in the message, all of a screenful as findings.
    func notServed(_ start: String, _ differences: [Difference]) -> Failure {
        var message = start
        if let first = differences.first {
            message += ": \(first.description)"
            if differences.count > 1 { message += " (and \(differences.count - 1) more)" }
        }
        return Failure(
            .notServed, .content, message,
            findings: differences.prefix(50).map { Finding(file: "", message: $0.description) })
    }
}
