// Gates: what a revision must wait for before it may enter an environment. Everything in this folder is a pure function
// of the configuration, of verdicts, of people's decisions and of the time that is handed in: the loop decides with it,
// the simulator walks it, and `why` explains with it. Calendars are part of it, because a window opens by the clock on
// somebody's wall; the zones' rules come in as values, read from the system by the host.

/// A moment on a wall somewhere: the proleptic Gregorian calendar, without a zone.
public struct CivilTime: Hashable, Comparable, Sendable {
    /// Astronomical: 0 is 1 BC.
    public let year: Int
    /// 1…12.
    public let month: Int
    /// 1…31.
    public let day: Int
    /// 0…86,399; the second of the day.
    public let second: Int

    /// The days before each month of a common year.
    private static let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

    /// From seconds since 1970-01-01T00:00:00 on that wall.
    public init(localSeconds: Int64) {
        let days = Self.floorDivide(localSeconds, 86_400)
        second = Int(localSeconds - days * 86_400)
        // Years are counted from March, so that the leap day is the last of them; an era is 400 years.
        let shifted = days + 719_468
        let era = Self.floorDivide(shifted, 146_097)
        let dayOfEra = Int(shifted - era * 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = Int(era) * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01 of the first of a month.
    public static func days(year: Int, month: Int, day: Int = 1) -> Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Whether a year has a 29 February.
    public static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// 28…31.
    public static func daysOfMonth(year: Int, month: Int) -> Int {
        let next = month == 12 ? 365 : before[month]
        return next - before[month - 1] + (month == 2 && isLeap(year) ? 1 : 0)
    }

    /// 0 is Sunday.
    public static func weekday(ofDay days: Int64) -> Int {
        let weekday = (days + 4) % 7
        return Int(weekday < 0 ? weekday + 7 : weekday)
    }

    /// 0 is Sunday.
    public var weekday: Int { Self.weekday(ofDay: Self.days(year: year, month: month, day: day)) }

    /// 0…1439: what a window is written in.
    public var minute: Int { second / 60 }

    /// Whether a wall shows the first before the second.
    public static func < (one: CivilTime, other: CivilTime) -> Bool {
        (one.year, one.month, one.day, one.second) < (other.year, other.month, other.day, other.second)
    }

    /// Rounds down, for moments before 1970, too.
    static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
