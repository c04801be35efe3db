import StokerCore

/// One item of `windows` or `blackouts`: a `time_interval` of Alertmanager.
struct IntervalReader {
    private let fields: FieldReader
    private let zones: ZoneList

    init(_ fields: FieldReader, _ zones: ZoneList) {
        self.fields = fields
        self.zones = zones
    }

    /// Nil where it says nothing; then that is reported.
    func read() -> CalendarInterval? {
        defer { fields.finish() }
        let keys = ["times", "weekdays", "days_of_month", "months", "years"]
        for key in keys {
            fields.refuseNull(key)
            fields.refuseEmpty(key, "range")
        }
        fields.refuseNull("location")
        let times = fields.items("times").compactMap { item in
            FieldReader(item, "an item of times", fields.problems).flatMap { range($0) }
        }
        let interval = CalendarInterval(
            times: times,
            weekdays: spans("weekdays", "a day such as monday, or monday:friday (sunday is the first)") {
                CalendarInterval.weekdays($0)
            },
            daysOfMonth: spans("days_of_month", "a day such as 1, 1:5, or -1 for the last") {
                CalendarInterval.daysOfMonth($0)
            },
            months: spans("months", "a month such as january, 1, or april:june") { CalendarInterval.months($0) },
            years: spans("years", "a year such as 2026, or 2026:2028") { CalendarInterval.years($0) },
            location: location())
        if keys.contains(where: { fields.written($0) != nil }) { return interval }
        fields.complain(fields.mark, "a time interval needs one of \(keys.joined(separator: ", "))")
        return nil
    }

    private func range(_ section: FieldReader) -> CalendarInterval.Times? {
        defer { section.finish() }
        let start = minutes("start_time", section)
        let end = minutes("end_time", section)
        guard let start, let end else { return nil }
        if let times = CalendarInterval.Times(start: start, end: end) { return times }
        section.complain(
            section.keyMark("end_time"),
            "end_time must be later than start_time: write a night as two intervals, until 24:00 and from 00:00")
        return nil
    }

    private func minutes(_ key: String, _ section: FieldReader) -> Int? {
        guard let text = section.requiredText(key) else { return nil }
        if let minutes = CalendarInterval.minutes(text.value) { return minutes }
        section.complain(text.mark, "\(key) must be a time such as 09:00, or 24:00, not \(quoted(text.value))")
        return nil
    }

    private func spans(
        _ key: String, _ example: String, _ parse: (String) -> CalendarInterval.Span?
    ) -> [CalendarInterval.Span] {
        fields.texts(key).compactMap { text in
            if let span = parse(text.value) { return span }
            fields.complain(text.mark, "an item of \(key) must be \(example), not \(quoted(text.value))")
            return nil
        }
    }

    private func location() -> String {
        guard let text = fields.text("location") else { return CalendarInterval().location }
        if let problem = zones.claim(text.value) { fields.complain(text.mark, "location: \(problem.message)") }
        return text.value
    }
}
