import StokerCore

extension EnvironmentHost {
    /// All targets; the first bad news is the environment's.
    func validate(_ goal: Goal) async throws(Failure) -> Report {
        let trees = try files.trees(of: goal)
        let snapshot = snapshot(goal)
        for target in targets {
            let tree = trees[target.id] ?? FileTree()
            if target.configuration.whenDown == .wait, let down = await down(target) {
                return .heldBack(
                    Hold(.targetUnreachable, "\(target.id): \(down); when_down: wait keeps the change until it returns")
                )
            }
            if let misfit = target.misfit(tree) {
                throw Failure(.sourceInvalid, .content, "\(misfit)", findings: [misfit])
            }
            await target.learnVersion()
            let request = request(for: target, files: tree, snapshot)
            let outcome = await target.validator.validate(request, blobs: files.blobs())
            switch outcome {
            case .accepted(let warnings, let validator):
                for warning in warnings {
                    log.warning("validator", metadata: ["finding": "\(warning)", "validator": "\(validator)"])
                }
            case .missingFiles(let findings):
                let message = outcome.failure?.message ?? "a file is missing on this host"
                return .heldBack(
                    Hold(.missingFile, message, missingPaths: findings.map(\.message).compactMap(Self.path)))
            case .rejected, .environmental:
                throw outcome.failure ?? Failure(.validationFailed, .environmental, "the validator gave no answer")
            }
        }
        return .validated
    }

    /// The absolute path that a finding about a missing file names.
    private static func path(_ message: String) -> String? {
        message.split(separator: " ").map { $0.trimming(",:;\"'") }.first { $0.hasPrefix("/") }.map(String.init)
    }

    private func down(_ target: TargetHost) async -> String? {
        switch await target.prover.look() {
        case .up: nil
        case .unreachable(let message), .starting(let message), .refused(let message): message
        }
    }

    private func snapshot(_ goal: Goal) -> Snapshot? {
        do throws(SourceFailure) { return try feed.snapshot(configuration, goal.revision) } catch { return nil }
    }

    /// What the validator is asked about one target.
    func request(for target: TargetHost, files: FileTree, _ snapshot: Snapshot?) -> ValidationRequest {
        let inventory = self.files.inventory(of: target.id)
        var previous: FileTree? = inventory.files.isEmpty ? nil : inventory.tree
        if previous == nil, !files.isEmpty {
            do throws(DiskError) {
                let baseline = try Rollout.baseline(target.place, desired: files, disk: disk)
                previous = baseline.files.isEmpty ? nil : baseline.tree
            } catch {
                log.debug("no baseline", metadata: ["error": "\(error)"])
            }
        }
        return .make(
            target, in: configuration, files: files, previous: previous, snapshot: snapshot,
            runsRuleTests: target.id == configuration.testedTarget)
    }
}

extension Substring {
    /// Without the given characters at both ends.
    func trimming(_ characters: String) -> Substring {
        var text = self
        while let first = text.first, characters.contains(first) { text.removeFirst() }
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return text
    }
}
