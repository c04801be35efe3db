extension EnvironmentLoop {
    /// What the repair of the disk found before the loop's first turn. The attempt goes on from there: recovery is the
    /// same loop, entered in the middle.
    public enum Recovered: Hashable, Sendable {
        /// The deploy was finished: every new file is live.
        case forward
        /// A restore had begun and was finished: every old file is live.
        case back
        /// Nothing live had changed.
        case untouched
    }

    /// Called once, before the first event, with every target that has an intent in the journal.
    public mutating func recovered(_ found: [Target.ID: Recovered]) {
        let before = record
        defer { unsaved = unsaved || record != before }
        var back: [Target.ID] = []
        for (id, state) in found.sorted(by: { $0.key < $1.key }) {
            switch state {
            case .forward: if running != nil { markUnsettled(id) }
            case .back: back.append(id)
            case .untouched: break
            }
        }
        let reloads = back.filter(record.reloadOnRestore.contains)
        record.unsettled.removeAll { found[$0] == .back || found[$0] == .untouched }
        // An intent that is there was not settled; one that was settled is not there, whatever the record says.
        if record.unsettled.isEmpty, !back.isEmpty {
            record.closeUnsettled()
            record.live = record.verified.map { Goal(revision: $0.revision, content: $0.content) }
        }
        guard let attempt = running else { return }
        if let current = attempt.deploying, !isReloading(attempt.phase) {
            resume(current, found[current])
        } else if !back.isEmpty {
            let because =
                attempt.phase.because
                ?? Failure(.deployFailed, .environmental, "Stoker was stopped in the middle of a restore")
            record.attempt?.phase = .restoring(because: because)
            for id in reloads where !attempt.toReloadRestored.contains(id) {
                record.attempt?.toReloadRestored.append(id)
            }
        }
    }

    private func isReloading(_ phase: Phase) -> Bool {
        if case .reloading = phase { true } else { false }
    }

    private mutating func resume(_ id: Target.ID, _ found: Recovered?) {
        switch found {
        case .forward:
            record.attempt?.phase = .publishing(id)
            result = .ok
        case .back, .untouched, nil: deployAgain(id)
        }
    }
}
