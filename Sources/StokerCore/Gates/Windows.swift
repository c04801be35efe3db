/// When a revision may enter: inside one of the windows (where there are any) and outside every blackout.
public struct Windows: Hashable, Sendable {
    /// Empty: always.
    public let windows: [CalendarInterval]
    /// They go before the windows.
    public let blackouts: [CalendarInterval]
    private let zones: [String: ZoneRules]

    /// How far into the future is looked.
    private static let horizonDays: Int64 = 3660

    /// - Parameter zones: the rules of every `location`. One that is missing counts as closed, in a window and a blackout.
    public init(windows: [CalendarInterval], blackouts: [CalendarInterval], zones: [ZoneRules]) {
        self.windows = windows
        self.blackouts = blackouts
        self.zones = Dictionary(zones.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a revision may enter at this time.
    public func isOpen(at time: WallTime) -> Bool { isOpen(Self.seconds(time)) }

    /// When that is so next: now, where it is so; nil where it is not within ten years.
    public func opens(from time: WallTime) -> WallTime? { next(true, from: time) }

    /// When it ends: now, where it is not so; nil where it is not within ten years.
    public func closes(from time: WallTime) -> WallTime? { next(false, from: time) }

    private func isOpen(_ moment: Int64) -> Bool {
        guard windows.isEmpty || windows.contains(where: { contains($0, moment) == true }) else { return false }
        return blackouts.allSatisfy { contains($0, moment) == false }
    }

    /// Nil where the zone is not known.
    private func contains(_ interval: CalendarInterval, _ moment: Int64) -> Bool? {
        zones[interval.location].map { interval.contains($0.local(moment)) }
    }

    private func next(_ wanted: Bool, from time: WallTime) -> WallTime? {
        let now = Self.seconds(time)
        if isOpen(now) == wanted { return time }
        let today = CivilTime.floorDivide(now, 86_400)
        var found: Int64?
        var last = today + Self.horizonDays
        var day = today - 1
        while day <= last {
            for moment in edges(day) where moment > now && isOpen(moment) == wanted {
                found = min(found ?? moment, moment)
            }
            // Days begin at different moments around the earth: another zone may be earlier.
            if found != nil { last = min(last, day + 2) }
            day += 1
        }
        return found.map { WallTime(milliseconds: $0 * 1000) }
    }

    /// The moments at which anything begins or ends on a day of the walls.
    private func edges(_ day: Int64) -> [Int64] {
        var edges: [Int64] = []
        let midnight = day * 86_400
        for interval in windows + blackouts {
            guard let zone = zones[interval.location], interval.containsDate(CivilTime(localSeconds: midnight)) else {
                continue
            }
            let minutes = [0, 1440] + interval.times.flatMap { [$0.start, $0.end] }
            for minute in minutes { edges += zone.moments(local: midnight + Int64(minute) * 60) }
            // Where the clocks leap over a beginning or an end, it is the leap.
            edges += zone.changes(after: midnight - 93_600, until: midnight + 180_000)
        }
        return edges
    }

    private static func seconds(_ time: WallTime) -> Int64 { CivilTime.floorDivide(time.milliseconds, 1000) }
}
