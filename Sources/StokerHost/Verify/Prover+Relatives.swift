import Digests
import StokerCore
import YAML

// The proof for everything but Prometheus itself: the metrics say whether the reload succeeded, and what the program shows
// of its configuration says whether it is ours. What a program does not show is said (`notProvable`), never assumed.
extension Prover {
    /// What the process shows before a deploy.
    func readRelative(before: Node?, after: Node?, into evidence: inout Evidence) async {
        if let page = await answer({ () async throws(PrometheusError) in try await client.metricsPage() }) {
            evidence.version = page.version
            evidence.successTimestamp = page.successTimestamp
            evidence.attempts = page.attempts
            evidence.processStartSeconds = page.processStart
        }
        switch profile.readBack {
        case .maskedConfig(let path, let section):
            await readShown(before, after, into: &evidence) { () async throws(PrometheusError) in
                try await client.shownConfig(path)
            } compare: {
                Containment.compareModules(declared: $0, served: $1, section: section)
            }
        case .inlinedConfig:
            await readShown(before, after, into: &evidence) { () async throws(PrometheusError) in
                try await client.config()
            } compare: {
                Containment.compareInlined(declared: $0, included: [], served: $1, context: context(nil))
            }
        case .rules:
            if let rules = await answer({ () async throws(PrometheusError) in try await client.rules() }) {
                evidence.ruleFiles = RulesProof.fingerprints(rules)
            }
        case .prometheus, .alertmanager, .hash, .nothing: break
        }
    }

    private func readShown(
        _ before: Node?, _ after: Node?, into evidence: inout Evidence,
        _ question: () async throws(PrometheusError) -> [UInt8], compare: (Node, Node) -> [Difference]
    ) async {
        guard let text = await answer(question) else { return }
        evidence.configDigest = Digest.sha256Hex(text)
        guard let after, let served = Self.parse(text) else { return }
        evidence.visibleChangeDue = VisibleChange.isDue(
            before: before, after: after, servedBefore: served, compare: compare)
    }

    /// All parts of the proof that the program allows.
    func proveRelative(
        _ expectation: Expectation, _ evidence: Evidence?, _ facts: RuntimeFacts, _ probe: inout Probe
    ) async {
        let answer = await part(.reloaded, of: &probe) { () async throws(PrometheusError) in
            try await client.metricsPage()
        }
        guard let page = answer else { return }
        var gaps: [String] = []
        let question = RelativeQuestion(expectation: expectation, evidence: evidence, facts: facts, page: page)
        proveReload(question, &probe, &gaps)
        switch probe.parts[.reloaded] {
        case .pending, .failed: return
        case .proved, .inconclusive, nil: break
        }
        switch profile.readBack {
        case .prometheus: break
        case .alertmanager: await proveAlertmanager(question, &probe, &gaps)
        case .maskedConfig(let path, let section):
            await proveShown(question, &probe) { () async throws(PrometheusError) in
                try await client.shownConfig(path)
            } compare: {
                Containment.compareModules(declared: $0, served: $1, section: section)
            }
        case .inlinedConfig:
            let included = expectation.scrapeConfigs
            await proveShown(question, &probe) { () async throws(PrometheusError) in
                try await client.config()
            } compare: {
                Containment.compareInlined(declared: $0, included: included, served: $1, context: context(nil))
            }
            await proveDiscovery(expectation, &probe)
        case .rules: await proveAlertingRules(question, &probe)
        case .hash: proveHash(question, &probe)
        case .nothing: gaps.append("configuration: \(profile.product) does not show what it loaded")
        }
        if !expectation.templateFiles.isEmpty {
            gaps.append(
                "templates: \(profile.product) does not show them; it reloaded successfully after they were written")
        }
        probe.notProvable = gaps.isEmpty ? nil : gaps.joined(separator: "; ")
    }

    /// What the parts of the proof are judged by.
    struct RelativeQuestion {
        let expectation: Expectation
        let evidence: Evidence?
        let facts: RuntimeFacts
        let page: MetricsPage

        var mustMove: Bool {
            expectation.mustMoveTimestamp && evidence?.runtime?.startTime == facts.startTime
        }
    }

    /// Success is the gauge and a moved time stamp; where the program counts reloads, one more reload and the gauge, since
    /// it does not move the stamp for files that mean the same.
    private func proveReload(_ question: RelativeQuestion, _ probe: inout Probe, _ gaps: inout [String]) {
        let page = question.page
        // One that is named and not there, as after a slip in its name, would make the other one look like proof.
        if let missing = page.missingSignal, profile.signals?.mayBeAbsent != true {
            probe.parts[.reloaded] = .inconclusive(
                "\(client.address)\(profile.metricsPath ?? "") has no metric \(missing)")
            return
        }
        guard let signals = profile.signals, page.reloadSucceeded != nil || page.successTimestamp != nil else {
            gaps.append(
                "reloaded: this \(profile.product) has no sign of a successful reload; "
                    + (profile.readBack == .nothing
                        ? "only readiness was checked" : "what it serves was compared instead"))
            return
        }
        let before = question.evidence?.successTimestamp
        let hasMoved = before != page.successTimestamp
        let hasCounted = question.evidence?.attempts.map { $0 != page.attempts } ?? false
        let isQuiet = !question.expectation.reloadAnswered && question.mustMove && !hasMoved && !hasCounted
        // It may not have begun; its metrics may be a second old; or it failed, as one did before.
        if isQuiet, before != nil,
            page.reloadSucceeded ?? true || question.evidence?.runtime?.reloadSucceeded == false
        {
            probe.parts[.reloaded] = .pending(
                Failure(
                    .reloadUnconfirmed, .content,
                    "\(client.address) was asked to reload and shows no sign of it; see its log"))
        } else if page.reloadSucceeded == false, !profile.reloadAnswers, before == nil {
            // After a restore it may still be the failure that led to it.
            probe.parts[.reloaded] = .pending(
                Failure(
                    .reloadFailed, .content,
                    "\(client.address) still says that its last reload failed; see its log"))
        } else if page.reloadSucceeded == false {
            probe.parts[.reloaded] = .failed(
                Failure(
                    .reloadFailed, .content,
                    "\(client.address) says that its last reload failed"
                        + (profile.reloadIsAtomic ? ", so it runs what it had" : "") + "; see its log"))
        } else if question.mustMove, before != nil, !hasMoved, !hasCounted {
            probe.parts[.reloaded] = .failed(
                Failure(
                    .notServed, .content,
                    "\(client.address) accepted the reload but its time of the last successful reload has not moved; "
                        + "check that url and reload mean the same process"))
        } else {
            if signals.timestamp == nil {
                gaps.append("reloaded: without timestamp_metric an old success cannot be told from a new one")
            }
            probe.parts[.reloaded] = .proved
        }
    }

    /// The exact bytes by their hash; receivers and routes by name.
    private func proveAlertmanager(
        _ question: RelativeQuestion, _ probe: inout Probe, _ gaps: inout [String]
    ) async {
        guard let main = question.expectation.mainFile, let bytes = question.expectation.mainBytes else { return }
        let answer = await part(.config, of: &probe) { () async throws(PrometheusError) in
            try await client.alertmanagerConfig()
        }
        guard let text = answer else { return }
        guard let served = Self.parse(text) else {
            probe.parts[.config] = .inconclusive("\(client.address)/api/v2/status does not hold YAML")
            return
        }
        let differences = Containment.compareAlertmanager(declared: main, served: served)
        let failures = differences.filter(\.isFailure)
        switch question.page.shows({ Self.digest($0, bytes) }, hex: { Digest.hex($0) }) {
        case false?:
            probe.parts[.config] = .failed(
                notServed(
                    "\(client.address) loaded another file than the one that was deployed (alertmanager_config_hash "
                        + "differs): check --config.file, and that nobody else writes it", failures))
        case nil where failures.isEmpty:
            gaps.append(
                "exact bytes: this Alertmanager has no alertmanager_config_hash; names and values were compared")
            probe.warnings += differences.prefix(20).map(\.description)
            probe.parts[.config] = .proved
        case true? where failures.isEmpty: probe.parts[.config] = .proved
        case nil, true?:
            probe.parts[.config] = .failed(notServed("\(client.address) does not serve the file as declared", failures))
        }
    }

    /// Our file is contained in what is shown, and the text changed where it had to.
    private func proveShown(
        _ question: RelativeQuestion, _ probe: inout Probe, _ ask: () async throws(PrometheusError) -> [UInt8],
        compare: (Node, Node) -> [Difference]
    ) async {
        guard let main = question.expectation.mainFile else { return }
        guard let text = await part(.config, of: &probe, ask) else { return }
        guard let served = Self.parse(text) else {
            probe.parts[.config] = .inconclusive("what \(client.address) shows of its configuration is no YAML")
            return
        }
        let differences = compare(main, served)
        let failures = differences.filter(\.isFailure)
        probe.warnings += differences.filter { !$0.isFailure }.prefix(20).map(\.description)
        let isUnchanged =
            question.expectation.visibleChangeDue && question.evidence?.configDigest == Digest.sha256Hex(text)
        if isUnchanged {
            probe.parts[.config] = soon(notServed("\(client.address): \(Self.unchangedText)", failures))
        } else if failures.isEmpty {
            probe.parts[.config] = .proved
        } else {
            probe.parts[.config] = soon(
                notServed("\(client.address) does not serve the file as declared", failures))
        }
    }

    /// What may still come where the program answers a reload before it is done.
    private func soon(_ failure: Failure) -> Probe.PartResult {
        profile.reloadAnswers ? .failed(failure) : .pending(failure)
    }

    private func proveHash(_ question: RelativeQuestion, _ probe: inout Probe) {
        guard let bytes = question.expectation.mainBytes else { return }
        switch question.page.shows({ Self.digest($0, bytes) }, hex: { Digest.hex($0) }) {
        case true?: probe.parts[.config] = .proved
        case false?:
            probe.parts[.config] = .pending(
                notServed("\(client.address) loaded another file than the one that was deployed", []))
        case nil:
            probe.parts[.config] = .inconclusive(
                "\(client.address)\(profile.metricsPath ?? "") does not have the metric of generic.hash")
        }
    }

    /// vmagent reads file_sd files again at its -promscrape.fileSDCheckInterval, a minute where nothing else is said.
    private func proveDiscovery(_ expectation: Expectation, _ probe: inout Probe) async {
        if expectation.liveTargets.isEmpty { return }
        probe.parts[.pools] = .proved
        probe.patience = .seconds(90)
        await proveLiveTargets(expectation, &probe)
    }

    private static func digest(_ algorithm: ServedHash.Algorithm, _ bytes: [UInt8]) -> [UInt8] {
        switch algorithm {
        case .md5: Digest.md5(bytes)
        case .sha1: Digest.sha1(bytes)
        case .sha256: Digest.sha256(bytes)
        }
    }
}
