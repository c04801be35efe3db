import Digests
import StokerCore

extension EnvironmentHost {
    /// The look: what the source has, what people ask for, and at rest whether disk and process are as they were left.
    func look(_ request: LookRequest, _ trigger: Trigger) async -> Observation {
        feed.take(loop.record, of: configuration.name, attempted: loop.attempted)
        await feed.judgeAgain(configuration)
        var disk: [Target.ID: DriftLook] = [:]
        var runtime: [Target.ID: RuntimeLook] = [:]
        if request.deployed, looksAtTargets {
            for target in targets {
                disk[target.id] = files.drift(of: target.id)
                runtime[target.id] = await target.prover.look()
            }
        }
        // Another promtool may judge otherwise: what stands rejected is tried again with it. The version is asked only
        // where the program's file changed.
        if fingerprint.isEmpty || (request.deployed && isVerdictInQuestion) {
            fingerprint = await makeFingerprint()
        }
        let trustOfAttempt = request.attempted.map { feed.trust(of: $0, configuration) } ?? .trusted
        let checks = request.gateChecks ? await askGates() : nil
        if request.upstreams { await askUpstreams(configuration.after.names) }
        let source = feed.look(configuration, seen: request.seen)
        return Observation(
            now: Clock.now(), bootID: bootID, nextAttempt: reserveID(), jitter: Double.random(in: 0..<1),
            source: source, requests: openRequests(), disk: disk, runtime: runtime, fingerprint: fingerprint,
            stillMissing: request.missingPaths.filter { !exists($0) }, trigger: trigger,
            trustOfAttempt: trustOfAttempt, pipeline: pipeline(source, request, checks))
    }

    /// Whether an earlier verdict keeps something away that the last look found: the many that are only remembered must
    /// not cost a search for every target's validator at every look.
    private var isVerdictInQuestion: Bool {
        let judged = Set(loop.record.rejections.filter { $0.fingerprint != nil }.map(\.content))
        guard !judged.isEmpty, let observation = loop.observation else { return !judged.isEmpty }
        var candidates = observation.pipeline?.contenders.map(\.candidate) ?? []
        switch observation.source {
        case .unknown: break
        case .failed(_, let last): candidates += [last].compactMap { $0 }
        case .known(let candidate): candidates.append(candidate)
        }
        return candidates.contains { candidate in
            if case .success(let content) = candidate.content { judged.contains(content) } else { false }
        }
    }

    private func reserveID() -> Int64 {
        if let id = reservedID, loop.record.attempt?.id != id { return id }
        let id = journal.reserveAttemptID()
        reservedID = id
        return id
    }

    private func openRequests() -> [OperatorRequest] {
        do throws(Journal.Problem) {
            return try journal.openRequests(for: configuration.name).filter {
                if case .reconcile = $0.kind { $0.id <= feed.coveredRequests } else { true }
            }
        } catch {
            log.error("the journal's requests cannot be read", metadata: ["error": "\(error)"])
            return []
        }
    }

    private func exists(_ path: String) -> Bool {
        do throws(DiskError) { return try disk.status(path) != nil } catch { return false }
    }

    /// Who judges, with what configuration: the key of the memory of rejections.
    private func makeFingerprint() async -> String {
        var parts = [configurationDigest]
        for target in targets {
            // No files: who judges does not depend on them, and this is asked at rest.
            let request = ValidationRequest.make(
                target, in: configuration, files: FileTree(), previous: nil, snapshot: nil, runsRuleTests: false)
            switch await target.validator.identity(for: request) {
            case .success(let identity): parts.append(identity.name)
            case .failure: parts.append("no validator")
            }
        }
        return Digest.sha256Hex(Array(parts.joined(separator: "\n").utf8))
    }

    /// What a verdict depends on. When a revision may enter is not part of it: an edited window tries nothing again. Secrets
    /// have no text here: `SecretSource` prints a path or `<secret>`.
    static func digest(_ configuration: EnvironmentConfiguration) -> String {
        var configuration = configuration
        configuration.after = Upstreams()
        configuration.gates = GateConfiguration()
        configuration.advance = .train
        configuration.bake = .zero
        configuration.remote = nil
        return Digest.sha256Hex(Array("\(configuration)".utf8))
    }
}

extension EnvironmentRecord {
    /// What is live, verified, tried or may be gone back to, and what a rewrite is measured against.
    var neededCommits: [CommitID] {
        let revisions = [live?.revision, verified?.revision, attempt?.goal.revision, rollbackGoal?.revision]
        return revisions.compactMap { $0?.commit } + earlier.prefix(Self.keptReleases).map(\.revision.commit)
            + [seen?.commit].compactMap { $0 }
    }
}
