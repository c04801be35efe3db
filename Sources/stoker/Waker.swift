import StokerCore
import StokerHost
import Synchronization

/// Wakes one waiting task. A wake while nobody waits is kept: a push during a running turn is never lost.
final class Waker: Sendable {
    private struct State {
        var pending: Trigger?
        var waiter: CheckedContinuation<Trigger?, Never>?
    }

    private let state = Mutex(State())

    func wake(_ trigger: Trigger) {
        let waiter = state.withLock { state -> CheckedContinuation<Trigger?, Never>? in
            guard let waiter = state.waiter else {
                // What a person asked for is not forgotten over what anything else asks for, nor anything over a mere look.
                if state.pending == nil || (state.pending != .request && trigger != .poll) { state.pending = trigger }
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: trigger)
    }

    /// The trigger that woke, or nil when the time came or the task was cancelled.
    func next(until: Instant?) async -> Trigger? {
        await withTaskGroup(of: Trigger?.self) { group in
            group.addTask { await self.signal() }
            if let until {
                group.addTask {
                    await OncePass.sleep(until: until); return nil
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func signal() async -> Trigger? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Trigger?, Never>) in
                let (now, trigger) = state.withLock { state -> (Bool, Trigger?) in
                    if let pending = state.pending {
                        state.pending = nil
                        return (true, pending)
                    }
                    if Task.isCancelled { return (true, nil) }
                    state.waiter = continuation
                    return (false, nil)
                }
                if now { continuation.resume(returning: trigger) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Trigger?, Never>? in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: nil)
        }
    }
}
