import StokerCore
import Testing

/// When windows open and close, on every edge of daylight saving.
@Suite struct WindowsTests {
    private static let berlin = ZoneRules(name: "Europe/Berlin", posix: "CET-1CEST,M3.5.0,M10.5.0/3")
    private static let newYork = ZoneRules(name: "America/New_York", posix: "EST5EDT,M3.2.0,M11.1.0")
    private static let auckland = ZoneRules(name: "Pacific/Auckland", posix: "NZST-12NZDT,M9.5.0,M4.1.0/3")

    private static func at(_ text: String) -> WallTime {
        let parts = text.split { "-T:Z".contains($0) }.compactMap { Int($0) }
        let days = CivilTime.days(year: parts[0], month: parts[1], day: parts[2])
        return WallTime(milliseconds: (days * 86_400 + Int64(parts[3] * 3600 + parts[4] * 60)) * 1000)
    }

    private static func text(_ time: WallTime?) -> String {
        guard let time else { return "never" }
        let civil = CivilTime(localSeconds: time.milliseconds / 1000)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(civil.year)-\(two(civil.month))-\(two(civil.day))T\(two(civil.minute / 60)):\(two(civil.minute % 60))Z"
    }

    private static func times(_ start: String, _ end: String) throws -> CalendarInterval.Times {
        let start = try #require(CalendarInterval.minutes(start))
        let end = try #require(CalendarInterval.minutes(end))
        return try #require(CalendarInterval.Times(start: start, end: end))
    }

    private static func windows(
        _ open: [CalendarInterval], closed: [CalendarInterval] = []
    ) throws -> Windows {
        let zones = [ZoneRules.utc, try #require(berlin), try #require(newYork), try #require(auckland)]
        return Windows(windows: open, blackouts: closed, zones: zones)
    }

    @Test func withoutAnyItIsAlwaysOpen() throws {
        let always = try Self.windows([])
        #expect(always.isOpen(at: Self.at("2026-11-23T12:00")))
        #expect(always.opens(from: Self.at("2026-11-23T12:00")) == Self.at("2026-11-23T12:00"))
        #expect(always.closes(from: Self.at("2026-11-23T12:00")) == nil)
    }

    @Test(
        arguments: [
            // Winter: an hour ahead of Greenwich.
            ("2026-11-23T08:59", false, "2026-11-23T09:00Z"), ("2026-11-23T09:00", true, "2026-11-23T09:00Z"),
            ("2026-11-23T14:59", true, "2026-11-23T14:59Z"), ("2026-11-23T15:00", false, "2026-11-24T09:00Z"),
            // Friday evening to Monday morning.
            ("2026-11-27T15:00", false, "2026-11-30T09:00Z"),
            // The Friday before the clocks change to summer, and the Monday after it.
            ("2026-03-27T15:00", false, "2026-03-30T08:00Z"), ("2026-03-30T07:59", false, "2026-03-30T08:00Z"),
            // And back.
            ("2026-10-23T14:00", false, "2026-10-26T09:00Z"),
        ])
    func officeHours(_ now: String, _ isOpen: Bool, _ opens: String) throws {
        let office = CalendarInterval(
            times: [try Self.times("10:00", "16:00")],
            weekdays: [try #require(CalendarInterval.weekdays("monday:friday"))],
            location: "Europe/Berlin")
        let windows = try Self.windows([office])
        #expect(windows.isOpen(at: Self.at(now)) == isOpen)
        #expect(Self.text(windows.opens(from: Self.at(now))) == opens)
    }

    @Test("an hour that the clocks leap over is in no window; a window that begins in it begins with the leap")
    func leap() throws {
        // 29 March 2026: 02:00 CET becomes 03:00 CEST at 01:00Z.
        let inside = CalendarInterval(times: [try Self.times("02:10", "02:50")], location: "Europe/Berlin")
        let windows = try Self.windows([inside])
        #expect(Self.text(windows.opens(from: Self.at("2026-03-28T02:00"))) == "2026-03-30T00:10Z")
        let across = CalendarInterval(times: [try Self.times("02:30", "04:00")], location: "Europe/Berlin")
        let open = try Self.windows([across])
        #expect(Self.text(open.opens(from: Self.at("2026-03-28T03:00"))) == "2026-03-29T01:00Z")
        #expect(Self.text(open.closes(from: Self.at("2026-03-29T01:00"))) == "2026-03-29T02:00Z")
        let before = CalendarInterval(times: [try Self.times("01:00", "02:30")], location: "Europe/Berlin")
        let early = try Self.windows([before])
        #expect(Self.text(early.closes(from: Self.at("2026-03-29T00:30"))) == "2026-03-29T01:00Z")
    }

    @Test("an hour that comes twice is in its window twice")
    func twice() throws {
        // 25 October 2026: 03:00 CEST becomes 02:00 CET at 01:00Z.
        let inside = CalendarInterval(times: [try Self.times("02:10", "02:50")], location: "Europe/Berlin")
        let windows = try Self.windows([inside])
        #expect(Self.text(windows.opens(from: Self.at("2026-10-25T00:00"))) == "2026-10-25T00:10Z")
        #expect(Self.text(windows.closes(from: Self.at("2026-10-25T00:10"))) == "2026-10-25T00:50Z")
        #expect(Self.text(windows.opens(from: Self.at("2026-10-25T00:50"))) == "2026-10-25T01:10Z")
        #expect(Self.text(windows.closes(from: Self.at("2026-10-25T01:10"))) == "2026-10-25T01:50Z")
        let across = CalendarInterval(times: [try Self.times("01:00", "02:30")], location: "Europe/Berlin")
        let again = try Self.windows([across])
        #expect(Self.text(again.closes(from: Self.at("2026-10-24T23:00"))) == "2026-10-25T00:30Z")
        #expect(Self.text(again.opens(from: Self.at("2026-10-25T00:30"))) == "2026-10-25T01:00Z")
        #expect(Self.text(again.closes(from: Self.at("2026-10-25T01:00"))) == "2026-10-25T01:30Z")
    }

    @Test("summer in the south goes over the turn of the year")
    func south() throws {
        let morning = CalendarInterval(times: [try Self.times("09:00", "10:00")], location: "Pacific/Auckland")
        let windows = try Self.windows([morning])
        #expect(Self.text(windows.opens(from: Self.at("2026-01-01T00:00"))) == "2026-01-01T20:00Z")
        #expect(Self.text(windows.opens(from: Self.at("2026-07-01T00:00"))) == "2026-07-01T21:00Z")
        #expect(Self.text(windows.opens(from: Self.at("2026-12-31T00:00"))) == "2026-12-31T20:00Z")
    }

    @Test("a blackout goes before a window, each by its own wall")
    func blackout() throws {
        let day = CalendarInterval(times: [try Self.times("08:00", "18:00")], location: "Europe/Berlin")
        let night = CalendarInterval(times: [try Self.times("00:00", "06:00")], location: "America/New_York")
        let windows = try Self.windows([day], closed: [night])
        // 06:00 in New York is 12:00 in Berlin.
        #expect(Self.text(windows.opens(from: Self.at("2026-11-23T07:00"))) == "2026-11-23T11:00Z")
        // For a week in March New York is an hour nearer.
        #expect(Self.text(windows.opens(from: Self.at("2026-03-16T05:00"))) == "2026-03-16T10:00Z")
        #expect(Self.text(windows.closes(from: Self.at("2026-11-23T11:00"))) == "2026-11-23T17:00Z")
        let freeze = CalendarInterval(
            daysOfMonth: [try #require(CalendarInterval.daysOfMonth("-3:-1"))],
            months: [try #require(CalendarInterval.months("december"))])
        let year = try Self.windows([], closed: [freeze])
        #expect(Self.text(year.closes(from: Self.at("2026-11-23T00:00"))) == "2026-12-29T00:00Z")
        #expect(Self.text(year.opens(from: Self.at("2026-12-30T00:00"))) == "2027-01-01T00:00Z")
    }

    @Test func whatNeverOpensSaysSo() throws {
        let past = try Self.windows([CalendarInterval(years: [CalendarInterval.Span(2020, 2021)])])
        #expect(past.opens(from: Self.at("2026-11-23T00:00")) == nil)
        let unknown = try Self.windows([CalendarInterval(location: "Mars/Olympus")])
        #expect(!unknown.isOpen(at: Self.at("2026-11-23T00:00")))
        let closed = try Self.windows(
            [], closed: [CalendarInterval(years: [.init(2020, 2021)], location: "Mars/Olympus")])
        #expect(!closed.isOpen(at: Self.at("2026-11-23T00:00")))
    }

    @Test("the next opening is looked for again when it has come, when the clock was set back, and every day")
    func openingHolds() throws {
        let morning = CalendarInterval(times: [try Self.times("09:00", "10:00")])
        let opening = Opening(try Self.windows([morning]), from: Self.at("2026-11-23T12:00"))
        #expect(opening.at == Self.at("2026-11-24T09:00"))
        for (moment, holds) in [
            ("2026-11-23T12:00", true), ("2026-11-24T08:59", true), ("2026-11-24T09:00", false),
            ("2026-11-23T11:59", false), ("2026-11-22T08:00", false),
        ] {
            #expect(opening.holds(at: Self.at(moment)) == holds, "\(moment)")
        }
        let never = Opening(
            try Self.windows([CalendarInterval(years: [.init(2020, 2021)])]), from: Self.at("2026-11-23T12:00"))
        #expect(never.at == nil)
        #expect(never.holds(at: Self.at("2026-11-24T11:59")) && !never.holds(at: Self.at("2026-11-24T12:00")))
    }

    @Test("what opens next is right for every quarter of an hour of a year, found by looking")
    func byLooking() throws {
        let odd = CalendarInterval(
            times: [try Self.times("01:45", "03:15"), try Self.times("23:00", "24:00")],
            weekdays: [try #require(CalendarInterval.weekdays("saturday")), .init(0, 1)], location: "Europe/Berlin")
        let windows = try Self.windows(
            [odd], closed: [CalendarInterval(times: [try Self.times("22:15", "23:30")], location: "America/New_York")])
        var moment = Self.at("2026-12-31T00:00").milliseconds
        let quarter: Int64 = 900_000
        var next: WallTime?
        // Backwards, so that the answer by looking is known.
        while moment > Self.at("2026-01-01T00:00").milliseconds {
            moment -= quarter
            let time = WallTime(milliseconds: moment)
            if windows.isOpen(at: time) { next = time }
            if let next, moment % (quarter * 7) == 0 {
                let found = windows.opens(from: time)
                try #require(found == next, "\(Self.text(time)): \(Self.text(found)), by looking \(Self.text(next))")
            }
        }
    }
}
