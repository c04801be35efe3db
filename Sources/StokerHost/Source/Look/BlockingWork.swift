import Glibc
import Synchronization

/// Blocking work on a thread of its own, which somebody waits for, but not for ever.
///
/// A read from a file server that is gone cannot be ended, not even by a signal. Such a thread is left where it is, and
/// until it comes back nothing else is begun: however long that takes, there is one.
final class BlockingWork<Value: Sendable>: Sendable {
    private struct State {
        var isBusy = false
        var waiting: CheckedContinuation<Value?, Never>?
    }

    private let state = Mutex(State())

    /// The value; nil where it did not come in time, where earlier work still hangs, or where the caller was cancelled.
    func run(within limit: Duration, _ work: @escaping @Sendable () -> Value) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await self.perform(work) }
            group.addTask {
                // Ends early, by throwing, when the work is done: either way nothing is waited for any more.
                do { try await Task.sleep(for: limit) } catch { return nil }
                return nil
            }
            let value = await group.next() ?? nil
            group.cancelAll()
            return value
        }
    }

    private func perform(_ work: @escaping @Sendable () -> Value) async -> Value? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let begins = state.withLock { state in
                    guard !state.isBusy, !Task.isCancelled else { return false }
                    state.isBusy = true
                    state.waiting = continuation
                    return true
                }
                guard begins else { return continuation.resume(returning: nil) }
                if !DetachedThread.start({ self.end(work()) }) { end(nil) }
            }
        } onCancel: {
            giveUp()
        }
    }

    /// Nobody waits any more; the thread goes on.
    private func giveUp() {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: nil)
    }

    private func end(_ value: Value?) {
        let waiting = state.withLock { state in
            defer {
                state.waiting = nil
                state.isBusy = false
            }
            return state.waiting
        }
        waiting?.resume(returning: value)
    }
}
