import Foundation

/// Clean-up in reverse order: the last thing started is the first thing stopped.
public final class Deferred: @unchecked Sendable {
    // Guarded by `lock`: tests of one world may start things from several tasks.
    private var actions: [@Sendable () -> Void] = []
    private let lock = NSLock()

    /// An empty list.
    public init() {}

    /// Registers one action.
    public func add(_ action: @escaping @Sendable () -> Void) {
        lock.withLock { actions.append(action) }
    }

    /// Runs what is registered, newest first, once.
    public func runAll() {
        let pending = lock.withLock {
            let all = actions
            actions = []
            return all
        }
        for action in pending.reversed() { action() }
    }
}
