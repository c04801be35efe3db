import StokerCore
import Testing

/// The words of an interval, and what they mean.
@Suite struct CalendarIntervalTests {
    @Test(arguments: [("00:00", 0), ("09:05", 545), ("24:00", 1440)])
    func minutes(_ text: String, _ expected: Int) { #expect(CalendarInterval.minutes(text) == expected) }

    @Test(arguments: ["", "9:00", "24:01", "10:60", "-1:00", "10", "10:00:00", "１0:00", "+1:00"])
    func noMinutes(_ text: String) { #expect(CalendarInterval.minutes(text) == nil) }

    @Test func spans() {
        #expect(CalendarInterval.weekdays("monday:friday") == .init(1, 5))
        #expect(CalendarInterval.weekdays("Sunday") == .init(0, 0))
        #expect(CalendarInterval.months("march:5") == .init(3, 5))
        #expect(CalendarInterval.years("2026:2028") == .init(2026, 2028))
        #expect(CalendarInterval.daysOfMonth("-3:-1") == .init(-3, -1))
        #expect(CalendarInterval.daysOfMonth("15:-1") == .init(15, -1))
        #expect(CalendarInterval.daysOfMonth("31") == .init(31, 31))
    }

    @Test(arguments: ["", ":", "friday:monday", "mon", "monday:", "1", "monday:tuesday:friday"])
    func noWeekdays(_ text: String) { #expect(CalendarInterval.weekdays(text) == nil) }

    @Test(arguments: ["0", "32", "-32", "5:1", "-1:-3", "-1:5", "a", "1:2:3", "", "--1"])
    func noDays(_ text: String) { #expect(CalendarInterval.daysOfMonth(text) == nil) }

    @Test(arguments: ["0", "13", "december:january", "jan", "", "3:"])
    func noMonths(_ text: String) { #expect(CalendarInterval.months(text) == nil) }

    @Test("days that a month does not have are in it neither at its beginning nor at its end")
    func monthEnds() {
        func day(_ year: Int, _ month: Int, _ day: Int) -> CivilTime {
            CivilTime(localSeconds: CivilTime.days(year: year, month: month, day: day) * 86_400)
        }
        let late = CalendarInterval(daysOfMonth: [.init(30, 31)])
        #expect(!late.contains(day(2026, 2, 28)))
        #expect(late.contains(day(2026, 4, 30)))
        let lastThree = CalendarInterval(daysOfMonth: [.init(-3, -1)])
        #expect(!lastThree.contains(day(2028, 2, 26)))
        #expect(lastThree.contains(day(2028, 2, 27)))
        #expect(lastThree.contains(day(2028, 2, 29)))
        let all = CalendarInterval(daysOfMonth: [.init(-31, -1)])
        #expect(all.contains(day(2026, 2, 1)))
    }

    @Test func theCalendarIsGregorian() {
        for (seconds, expected) in [
            (0, (1970, 1, 1, 4)), (951_782_400, (2000, 2, 29, 2)), (4_107_542_400, (2100, 3, 1, 1)),
            (-86_400, (1969, 12, 31, 3)), (-2_203_891_200, (1900, 3, 1, 4)),
        ] as [(Int64, (Int, Int, Int, Int))] {
            let civil = CivilTime(localSeconds: seconds)
            #expect((civil.year, civil.month, civil.day, civil.weekday) == expected, "\(seconds)")
            #expect(CivilTime.days(year: civil.year, month: civil.month, day: civil.day) * 86_400 == seconds)
        }
    }
}
