import Foundation

/// Threads of their own, with the lowest priority, for work that only computes: the cooperative pool has as many threads as
/// the machine has cores, and tests that wait for processes must not wait for them.
public enum Background {
    /// As many computations at once as leave the machine usable.
    private static let slots = Slots(2)

    /// Runs work on a thread of its own and answers with what it answers.
    public static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        await slots.acquire()
        let result = await withCheckedContinuation { (done: CheckedContinuation<Result<Value, any Error>, Never>) in
            let thread = Thread {
                // Linux: the nice value belongs to the thread.
                _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
                done.resume(returning: Result { try work() })
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
        await slots.release()
        return try result.get()
    }
}
