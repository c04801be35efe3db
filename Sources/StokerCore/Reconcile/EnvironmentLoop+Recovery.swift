extension EnvironmentLoop {
    /// What the repair of the disk found before the loop's first turn. The attempt goes on from there: recovery is the
    /// same loop, entered in the middle.
    public enum Recovered: Hashable, Sendable {
        /// The running attempt's deploy was finished: every new file is live.
        case forward
        /// A restore had begun and was finished, whichever attempt it took back: every old file is live.
        case back
        /// The running attempt's deploy had not begun: nothing live had changed.
        case untouched
    }

    /// Called once, before the first event.
    /// - Parameters:
    ///   - found: by target. Whole deploys of earlier attempts are not in it: they say nothing about this one.
    ///   - open: the targets that still have an intent in the journal after the repair.
    public mutating func recovered(_ found: [Target.ID: Recovered], open: Set<Target.ID>) {
        let before = record
        defer { unsaved = unsaved || record != before }
        let back = found.filter { $0.value == .back }.keys.sorted()
        let reloads = back.filter(record.reloadOnRestore.contains)
        record.unsettled.removeAll { back.contains($0) && !open.contains($0) }
        if record.unsettled.isEmpty, !back.isEmpty {
            record.closeUnsettled()
            record.live = record.verified.map { Goal(revision: $0.revision, content: $0.content) }
        }
        guard let attempt = running else { return }
        if let current = attempt.deploying, !isReloading(attempt.phase), back.allSatisfy({ $0 == current }) {
            resume(current, found[current])
        } else if !back.isEmpty {
            // A restore that the journal could not be told about: it is finished, also for the other targets.
            let because = attempt.phase.because ?? Self.causeOfRestore(in: attempt.phase)
            record.attempt?.phase = .restoring(because: because)
            for id in reloads where !attempt.toReloadRestored.contains(id) {
                record.attempt?.toReloadRestored.append(id)
            }
        }
    }

    /// Why a restore had begun that the journal was not told of. Once the process was told to read its files, most likely a
    /// verdict against the content led there: tried again, it would be measured against a check that still fails because
    /// of it.
    private static func causeOfRestore(in phase: Phase) -> Failure {
        switch phase {
        case .reloading, .baking, .verifying:
            Failure(
                .checkFailed, .content,
                "it was live and being taken back when Stoker was stopped, and the journal could not be told why; "
                    + "`stoker reconcile --retry` tries it again")
        case .surveying, .adopting, .validating, .held, .staging, .publishing, .restoring, .reloadingRestored,
            .verifyingRestored, .finished:
            Failure(.deployFailed, .environmental, "Stoker was stopped in the middle of a restore")
        }
    }

    private func isReloading(_ phase: Phase) -> Bool {
        if case .reloading = phase { true } else { false }
    }

    private mutating func resume(_ id: Target.ID, _ found: Recovered?) {
        switch found {
        case .forward:
            markUnsettled(id)
            record.attempt?.phase = .publishing(id)
            result = .ok
        case .back, .untouched, nil: deployAgain(id)
        }
    }
}
