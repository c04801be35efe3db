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

    /// Called once, before the first event, for every target with an intent in the journal.
    public mutating func recovered(_ found: [Target.ID: Recovered]) {
        guard let attempt = running else {
            record.unsettled.removeAll { found[$0] == .back || found[$0] == .untouched }
            return
        }
        for (id, state) in found {
            switch state {
            case .forward:
                if !record.unsettled.contains(id) { record.unsettled.append(id) }
            case .back, .untouched:
                record.unsettled.removeAll { $0 == id }
            }
        }
        let current: Target.ID? =
            switch attempt.phase {
            case .staging(let id), .publishing(let id): id
            case .surveying, .adopting, .validating, .held, .reloading, .verifying, .restoring, .reloadingRestored,
                .verifyingRestored, .finished:
                nil
            }
        if let current {
            resume(current, found[current])
        } else if found.values.contains(.back) {
            let because =
                attempt.phase.because
                ?? Failure(.deployFailed, .environmental, "Stoker was stopped in the middle of a restore")
            record.attempt?.phase = .restoring(because: because)
        }
    }

    private mutating func resume(_ id: Target.ID, _ found: Recovered?) {
        switch found {
        case .forward:
            record.live = record.attempt?.goal
            record.attempt?.phase = .publishing(id)
            result = .ok
        case .back, .untouched, nil:
            // Validation comes again right before a deploy, unless other targets of the attempt are live already.
            let again = record.unsettled.isEmpty && record.attempt?.isRepair == false
            record.attempt?.phase = again ? .validating : .staging(id)
        }
    }
}
