/// A point on the boot-time clock: it goes on while the machine sleeps and never jumps. Only meaningful together with
/// the boot it was read in; after a restart of the machine, windows measured with it start again.
public struct Instant: Hashable, Comparable, Codable, Sendable {
    public let nanoseconds: Int64
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    public init(seconds: Int64) { nanoseconds = seconds * 1_000_000_000 }

    public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    public static func + (a: Self, d: Duration) -> Instant { Instant(nanoseconds: a.nanoseconds + d.inNanoseconds) }
    public static func - (a: Self, b: Self) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
}

/// Milliseconds since 1970 on the wall clock: for display and for windows, never for durations.
public struct WallTime: Hashable, Comparable, Codable, Sendable {
    public let milliseconds: Int64
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
}

/// One reading of both clocks.
public struct Now: Hashable, Sendable {
    public let instant: Instant
    public let wall: WallTime
    public init(instant: Instant, wall: WallTime) {
        self.instant = instant
        self.wall = wall
    }
}

extension Duration {
    /// Whole nanoseconds; saturates after 292 years.
    public var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }

    /// Seconds as a floating-point number, for display and for libraries that want one.
    public var inSeconds: Double { Double(inNanoseconds) / 1e9 }

    /// As Prometheus writes durations: `1h30m`, `5s`, `250ms`, `0s`.
    public var prometheusText: String {
        var left = inNanoseconds / 1_000_000
        if left == 0 { return "0s" }
        var text = left < 0 ? "-" : ""
        left = left.magnitude > UInt64(Int64.max) ? Int64.max : abs(left)
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
            as [(String, Int64)]
        where left >= size {
            text += "\(left / size)\(unit)"
            left %= size
        }
        return text
    }
}
