/// A point on the boot-time clock: it goes on while the machine sleeps and never jumps. Only meaningful together with
/// the boot it was read in; after a restart of the machine, windows measured with it start again.
public struct Instant: Hashable, Comparable, Codable, Sendable {
    /// Since the boot.
    public let nanoseconds: Int64
    /// A point so long after the boot.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    /// A point so many whole seconds after the boot; traps beyond 292 years.
    public init(seconds: Int64) { nanoseconds = seconds * 1_000_000_000 }

    /// Whether `a` is earlier; for two points of one boot.
    public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
    /// The point `d` later; a negative `d` leads back.
    public static func + (a: Self, d: Duration) -> Instant { Instant(nanoseconds: a.nanoseconds + d.inNanoseconds) }
    /// The time from `b` to `a`, negative where `a` is earlier; for two points of one boot.
    public static func - (a: Self, b: Self) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
}

/// Milliseconds since 1970 on the wall clock: for display and for windows, never for durations.
public struct WallTime: Hashable, Comparable, Codable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    public let milliseconds: Int64
    /// A point so long after 1970.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    /// Whether `a` reads earlier; a clock that was set back makes later things earlier.
    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }
}

/// One reading of both clocks.
public struct Now: Hashable, Sendable {
    /// For durations and deadlines.
    public let instant: Instant
    /// For display and windows.
    public let wall: WallTime
    /// Two readings that the caller took together.
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
