import Foundation

/// What a piece of work took, in milliseconds.
struct Cost {
    /// On the clock of the wall.
    var wall: Double
    /// CPU time of all threads of this process.
    var own: Double
    /// CPU time of the children that ended during it.
    var children: Double

    /// CPU time of this process and of its children.
    var cpu: Double { own + children }

    /// Measures one run of some work.
    static func of<Value>(
        isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Value
    ) async rethrows -> (cost: Cost, value: Value) {
        let before = now
        let value = try await work()
        let after = now
        return (
            Cost(
                wall: after.wall - before.wall, own: after.own - before.own, children: after.children - before.children),
            value
        )
    }

    /// Readings of the three clocks.
    static var now: Cost {
        var usage = rusage()
        getrusage(RUSAGE_CHILDREN.rawValue, &usage)
        return Cost(
            wall: milliseconds(CLOCK_MONOTONIC), own: milliseconds(CLOCK_PROCESS_CPUTIME_ID),
            children: milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime))
    }

    private static func milliseconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    /// A time of `rusage`.
    static func milliseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1e3 + Double(time.tv_usec) / 1e3 }
}
