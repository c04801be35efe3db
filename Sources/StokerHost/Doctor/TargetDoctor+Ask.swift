import Digests
import StokerCore

/// Whether it can be validated, reloaded and asked.
extension TargetDoctor {
    /// Each way of `reload`; only where none is possible it is a failure.
    func checkReload() async {
        let reloader = Reloader(
            steps: configuration.reload, client: host.client, http: host.http, look: { [look] in look })
        var answers: [(name: String, verdict: DoctorCheck.Verdict, message: String)] = []
        for step in configuration.reload {
            let (verdict, message) = await verdict(on: step, await reloader.obstacle(step))
            answers.append(("reload_\(step.method.word)", verdict, message))
        }
        let works = answers.contains { $0.verdict != .fail }
        for answer in answers {
            if answer.verdict == .fail, works {
                add(answer.name, .warn, "\(answer.message) (another way of reload is used)")
            } else {
                add(answer.name, answer.verdict, answer.message)
            }
        }
    }

    private func verdict(
        on step: TargetConfiguration.Reload, _ obstacle: ReloadOutcome?
    ) async -> (DoctorCheck.Verdict, String) {
        switch obstacle {
        case .notPossible(let message), .failed(let message), .died(let message): return (.fail, message)
        case .refused(_, let message, _): return (.fail, message)
        case .down(let message):
            if isThere { return (.fail, "\(message), or correct reload: the process that answers is another one") }
            return (.warn, message)
        case .unknown(let message, _): return (.warn, message)
        case .accepted, nil: break
        }
        switch step.method {
        case .http:
            if let closed = host.closedLifecycle(flags) { return (.fail, closed) }
            if let silence { return (.warn, "whether POST \(configuration.profile.reloadPath) is open \(silence)") }
            return (.pass, "POST \(configuration.profile.reloadPath) is open")
        case .signal(let place): return (.pass, "\(place) names a process that handles SIGHUP")
        case .systemd(let unit, let action):
            if let problem = await SystemdUnit(unit).permissionProblem() {
                return (.warn, "whether unit \(unit) may be managed is not certain: \(problem)")
            }
            return (.pass, "unit \(unit) is there, `systemctl \(action.rawValue)` is allowed")
        case .docker(let place, _):
            return (
                .pass,
                "\(sight.container.map { "container \($0.shown)" } ?? "the container") runs, \(place.socket) answers"
            )
        case .command(let words, _):
            return (.pass, "\(words.first ?? "") is there; what it does is not tried")
        }
    }

    /// The validator, its version beside the process's, and what it says about the files that are there.
    func checkValidator() async {
        let inventory: Inventory
        do throws(DiskError) {
            inventory = try present()
        } catch {
            return add("validator", .fail, "the deployed files cannot be read: \(error): let this user read them")
        }
        let request = ValidationRequest.make(
            host, in: environment, files: inventory.tree, previous: inventory.tree, snapshot: nil, runsRuleTests: false)
        let identity: ValidatorIdentity
        switch await host.validator.identity(for: request) {
        case .failure(let unavailable): return add("validator", .fail, unavailable.message)
        case .success(let found): identity = found
        }
        if let mismatch = identity.mismatch(with: request) {
            let strict = configuration.validatorMatch == .strict
            return add(
                "validator", strict ? .fail : .warn,
                "\(mismatch): install the validator of that version or name it in validate.program")
        }
        guard !inventory.files.isEmpty else {
            return add("validator", .pass, "\(identity.name) is there; there are no files to try it on")
        }
        switch await host.validator.validate(request, blobs: blobs(inventory)) {
        case .accepted: add("validator", .pass, "\(identity.name) accepts the files that are there")
        case .environmental(let failure): add("validator", .fail, failure.message)
        case .missingFiles(let findings), .rejected(_, let findings, _):
            let first = findings.first.map { "\($0)" } ?? "no details"
            add(
                "validator", .warn,
                "\(identity.name) objects to the files that are there: \(first); correct them in the repository")
        }
    }

    func blobs(_ inventory: Inventory) -> BlobChain {
        BlobChain(
            first: NoBlobs(), disk: disk, places: [host.files.keeps(inventory)],
            digest: { BlobID(Digest.gitBlobID(of: $0)) })
    }

    /// Each thing that the proof of load reads.
    func checkReadBack() async {
        guard case .up = look else {
            return add("read_back", .warn, "what the process serves \(silence ?? "cannot be told")")
        }
        let client = host.client
        switch configuration.profile.readBack {
        case .prometheus:
            await read("read_metrics", "the time of the last reload") { () async throws(PrometheusError) in
                try await client.reloadMetrics().successTimestamp != nil
            }
            await read("read_config", "/api/v1/status/config") { () async throws(PrometheusError) in
                Prover.parse(try await client.config()) != nil
            }
            if flags?.isAgent != true {
                await read("read_rules", "/api/v1/rules") { () async throws(PrometheusError) in
                    _ = try await client.rules()
                    return true
                }
            }
            await read("read_pools", "the scrape pools") { () async throws(PrometheusError) in
                _ = try await client.scrapePools()
                return true
            }
        case .alertmanager, .maskedConfig, .inlinedConfig, .rules, .hash, .nothing: await readRelative()
        }
    }

    private func readRelative() async {
        let client = host.client
        let profile = configuration.profile
        if let signals = profile.signals, profile.metricsPath != nil {
            let metrics = [signals.gauge, signals.timestamp].compactMap { $0 }.joined(separator: ", ")
            await read("read_metrics", "the metric \(metrics)", mayBeAbsent: signals.mayBeAbsent) {
                () async throws(PrometheusError) in
                try await client.metricsPage().missingSignal == nil
            }
        } else {
            add(
                "read_metrics", .warn,
                "\(profile.product) has no sign of a successful reload: only what it serves is proved")
        }
        switch profile.readBack {
        case .prometheus: break
        case .alertmanager:
            await read("read_config", "/api/v2/status") { () async throws(PrometheusError) in
                Prover.parse(try await client.alertmanagerConfig()) != nil
            }
        case .maskedConfig(let path, _):
            await read("read_config", path) { () async throws(PrometheusError) in
                Prover.parse(try await client.shownConfig(path)) != nil
            }
        case .inlinedConfig:
            await read("read_config", "/api/v1/status/config") { () async throws(PrometheusError) in
                Prover.parse(try await client.config()) != nil
            }
        case .rules:
            await read("read_rules", "/api/v1/rules") { () async throws(PrometheusError) in
                _ = try await client.rules()
                return true
            }
        case .hash(let hash):
            await read("read_config", "the metric \(hash.metric) of generic.hash") { () async throws(PrometheusError) in
                try await client.metricsPage().shows({ _ in [] }, hex: { Digest.hex($0) }) != nil
            }
        case .nothing:
            add(
                "read_config", .warn,
                "\(profile.product) does not show what it loaded, so that cannot be proved: describe generic.hash if it does"
            )
        }
    }

    private func read(
        _ name: String, _ what: String, mayBeAbsent: Bool = false,
        _ question: () async throws(PrometheusError) -> Bool
    ) async {
        do throws(PrometheusError) {
            if try await question() { return add(name, .pass, "\(what) can be read") }
            add(
                name, mayBeAbsent ? .warn : .fail,
                mayBeAbsent
                    ? "\(what) is absent in this version, so only what it serves is proved"
                    : "\(host.client.address) does not tell \(what): check url and kind of the target")
        } catch {
            add(name, .fail, error.message)
        }
    }
}
