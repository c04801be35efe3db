/// The rule by which a zone goes on after the last change that its file lists, as POSIX writes it in TZ:
/// `CET-1CEST,M3.5.0,M10.5.0/3`. Source: RFC 9636, section 3.3.
public struct PosixZone: Hashable, Sendable {
    /// When in a year the clocks change.
    private struct Change: Hashable {
        enum Day: Hashable {
            /// `Mm.w.d`: the w-th (5: last) weekday d of month m.
            case weekday(month: Int, week: Int, weekday: Int)
            /// `Jn`: 1…365, never counting a leap day.
            case withoutLeapDay(Int)
            /// `n`: 0…365, counting it.
            case dayOfYear(Int)
        }

        let day: Day
        /// Seconds after midnight of that day; negative, or more than a day, where a zone needs it.
        let time: Int64

        /// Seconds since 1970 on the wall before the change.
        func local(in year: Int) -> Int64 {
            let first = CivilTime.days(year: year, month: 1)
            let days: Int64
            switch day {
            case .weekday(let month, let week, let weekday):
                let start = CivilTime.days(year: year, month: month)
                let offset = (weekday - CivilTime.weekday(ofDay: start) + 7) % 7 + (week - 1) * 7
                let length = CivilTime.daysOfMonth(year: year, month: month)
                days = start + Int64(offset < length ? offset : offset - 7)
            case .withoutLeapDay(let number):
                days = first + Int64(number - 1) + (CivilTime.isLeap(year) && number >= 60 ? 1 : 0)
            case .dayOfYear(let number):
                days = first + Int64(number)
            }
            return days * 86_400 + time
        }
    }

    /// Seconds east of Greenwich.
    private let standard: Int64
    private let summer: Summer?

    /// Seconds east of Greenwich, and when they begin and end.
    private struct Summer: Hashable {
        let offset: Int64
        let start: Change
        let end: Change
    }

    /// Nil where the text is no such rule.
    public init?(_ text: String) {
        var reader = Reader(text)
        guard reader.name(), let west = reader.time(hours: 24) else { return nil }
        standard = -west
        if reader.isAtEnd {
            summer = nil
            return
        }
        guard reader.name() else { return nil }
        var offset = standard + 3600
        if !reader.next(is: ",") {
            guard let west = reader.time(hours: 24) else { return nil }
            offset = -west
        }
        guard reader.take(","), let start = reader.change(), reader.take(","), let end = reader.change(),
            reader.isAtEnd
        else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }

    /// Seconds east of Greenwich at a moment, in seconds since 1970 UTC.
    public func offset(at moment: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = CivilTime(localSeconds: moment + standard).year
        let start = summer.start.local(in: year) - standard
        let end = summer.end.local(in: year) - summer.offset
        // In the south summer goes over the turn of the year.
        let isSummer = start <= end ? moment >= start && moment < end : moment >= start || moment < end
        return isSummer ? summer.offset : standard
    }

    /// When the clocks change in a year of the standard time, in seconds since 1970 UTC.
    public func changes(in year: Int) -> [Int64] {
        guard let summer else { return [] }
        return [summer.start.local(in: year) - standard, summer.end.local(in: year) - summer.offset].sorted()
    }
}

extension PosixZone {
    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = Substring(text).utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        func next(is character: Unicode.Scalar) -> Bool { rest.first == UInt8(ascii: character) }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard next(is: character) else { return false }
            rest.removeFirst()
            return true
        }

        /// Letters, or anything but `>` between `<` and `>`: at least three.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
                let length = rest.distance(from: rest.startIndex, to: end)
                rest = rest[rest.index(after: end)...]
                return length >= 3
            }
            let letters = rest.prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a }
            rest = rest[letters.endIndex...]
            return letters.count >= 3
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !digits.isEmpty, digits.count <= 3 else { return nil }
            rest = rest[digits.endIndex...]
            let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            return range.contains(value) ? value : nil
        }

        /// `[+-]h[h[h]][:mm[:ss]]`, in seconds.
        mutating func time(hours: Int) -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard var seconds = number(0...hours).map({ Int64($0) * 3600 }) else { return nil }
            for unit in [60, 1] where take(":") {
                guard let value = number(0...59) else { return nil }
                seconds += Int64(value * unit)
            }
            return isNegative ? -seconds : seconds
        }

        mutating func change() -> Change? {
            let day: Change.Day
            if take("M") {
                guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                    let weekday = number(0...6)
                else { return nil }
                day = .weekday(month: month, week: week, weekday: weekday)
            } else if take("J") {
                guard let number = number(1...365) else { return nil }
                day = .withoutLeapDay(number)
            } else {
                guard let number = number(0...365) else { return nil }
                day = .dayOfYear(number)
            }
            guard take("/") else { return Change(day: day, time: 7200) }
            return time(hours: 167).map { Change(day: day, time: $0) }
        }
    }
}
