/// Times of a calendar, as `time_interval` of Alertmanager has them: a moment is inside where it fits each of the fields
/// that are written, by the wall of `location`.
///
/// Hours that daylight saving leaps over are never inside; those that come twice are inside twice.
public struct CalendarInterval: Hashable, Codable, Sendable {
    /// Minutes of a day, the end excluded.
    public struct Times: Hashable, Codable, Sendable {
        /// 0…1439.
        public let start: Int
        /// 1…1440, after the start.
        public let end: Int

        /// Nil where they are no such minutes.
        public init?(start: Int, end: Int) {
            guard start >= 0, end <= 1440, start < end else { return nil }
            self.start = start
            self.end = end
        }
    }

    /// A first and a last number, both included.
    public struct Span: Hashable, Codable, Sendable {
        /// Not after `last`, except where one counts from the end of the month and the other from its beginning.
        public let first: Int
        /// Included.
        public let last: Int

        /// From one number to another.
        public init(_ first: Int, _ last: Int) {
            self.first = first
            self.last = last
        }

        func contains(_ number: Int) -> Bool { number >= first && number <= last }
    }

    /// Empty: all day.
    public var times: [Times]
    /// 0 is Sunday. Empty: every day.
    public var weekdays: [Span]
    /// 1…31, or -31…-1 counted from the end of the month. Empty: every day.
    public var daysOfMonth: [Span]
    /// 1…12. Empty: every month.
    public var months: [Span]
    /// Empty: every year.
    public var years: [Span]
    /// An IANA zone.
    public var location: String

    /// Everything that is not written fits.
    public init(
        times: [Times] = [], weekdays: [Span] = [], daysOfMonth: [Span] = [], months: [Span] = [], years: [Span] = [],
        location: String = "UTC"
    ) {
        self.times = times
        self.weekdays = weekdays
        self.daysOfMonth = daysOfMonth
        self.months = months
        self.years = years
        self.location = location
    }

    /// Whether a wall of `location` that shows this is inside.
    public func contains(_ local: CivilTime) -> Bool {
        containsDate(local)
            && (times.isEmpty || times.contains { local.minute >= $0.start && local.minute < $0.end })
    }

    /// The same for the whole day.
    func containsDate(_ local: CivilTime) -> Bool {
        (years.isEmpty || years.contains { $0.contains(local.year) })
            && (months.isEmpty || months.contains { $0.contains(local.month) })
            && (weekdays.isEmpty || weekdays.contains { $0.contains(local.weekday) })
            && (daysOfMonth.isEmpty || daysOfMonth.contains { Self.fits(local, $0) })
    }

    /// What begins after the end of a month is not in it; what ends after it ends with it.
    private static func fits(_ local: CivilTime, _ span: Span) -> Bool {
        let length = CivilTime.daysOfMonth(year: local.year, month: local.month)
        let first = span.first < 0 ? length + span.first + 1 : span.first
        let last = span.last < 0 ? length + span.last + 1 : span.last
        return local.day >= first && local.day <= last
    }
}

// MARK: As written

extension CalendarInterval {
    private static let weekdayNames = [
        "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    ]
    private static let monthNames = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    /// `09:00`; `24:00` is the end of a day. Minutes of the day, nil where it is none.
    public static func minutes(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(isDigit) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour < 24 || hour == 24 && minute == 0
        else { return nil }
        return hour * 60 + minute
    }

    /// `monday`, `monday:friday`; Sunday is the first day. Nil where it is none.
    public static func weekdays(_ text: String) -> Span? {
        span(text) { name in weekdayNames.firstIndex(of: name) }
    }

    /// `january`, `3`, `april:june`. Nil where it is none.
    public static func months(_ text: String) -> Span? {
        span(text) { name in
            monthNames.firstIndex(of: name).map { $0 + 1 } ?? number(name).flatMap { (1...12).contains($0) ? $0 : nil }
        }
    }

    /// `2026`, `2026:2028`. Nil where it is none.
    public static func years(_ text: String) -> Span? {
        span(text) { name in number(name).flatMap { (1970...9999).contains($0) ? $0 : nil } }
    }

    /// `1`, `1:5`, `-3:-1`, `15:-1`. Nil where it is none, or where no month has such days.
    public static func daysOfMonth(_ text: String) -> Span? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { number(String($0)) }
        guard (1...2).contains(parts.count), numbers.count == parts.count,
            numbers.allSatisfy({ (1...31).contains($0.magnitude) })
        else { return nil }
        let span = Span(numbers[0], numbers[numbers.count - 1])
        let isOneWay = (span.first < 0) == (span.last < 0)
        // From the end backwards to the beginning: Alertmanager refuses it, too.
        if span.first < 0, span.last > 0 { return nil }
        return isOneWay && span.first > span.last ? nil : span
    }

    private static func span(_ text: String, _ value: (String) -> Int?) -> Span? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let values = parts.compactMap { value($0.lowercased()) }
        guard (1...2).contains(parts.count), values.count == parts.count, values[0] <= values[values.count - 1] else {
            return nil
        }
        return Span(values[0], values[values.count - 1])
    }

    private static func number(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard (1...4).contains(digits.utf8.count), digits.utf8.allSatisfy(isDigit) else { return nil }
        return Int(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
