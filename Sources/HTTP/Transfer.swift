import Glibc
import Synchronization

/// A request on its way: shared between the task that waits and the thread that works.
final class Transfer: Sendable {
    let request: Request
    /// When the request's time is up, in nanoseconds of the monotonic clock. It starts here, so that waiting for a free
    /// worker counts.
    let deadline: UInt64
    private let cancelled = Atomic<Bool>(false)

    init(_ request: Request) {
        self.request = request
        let (sum, overflow) = monotonicNanoseconds().addingReportingOverflow(nanoseconds(request.timeout))
        deadline = overflow ? .max : sum
    }

    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    func cancel() { cancelled.store(true, ordering: .releasing) }

    /// What is left, at least 1: libcurl takes 0 for no limit at all.
    var remainingMilliseconds: Int {
        let now = monotonicNanoseconds()
        return deadline > now ? max(1, Int((deadline - now) / 1_000_000)) : 1
    }

    var isExpired: Bool { monotonicNanoseconds() >= deadline }
}

/// The monotonic clock. A transfer is measured by it alone.
func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// A limit as nanoseconds, none below zero and none above a day: nothing here is worth waiting longer.
func nanoseconds(_ duration: Duration) -> UInt64 {
    let bounded = min(max(duration, .zero), .seconds(86_400))
    let (seconds, attoseconds) = bounded.components
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
}
