/// Durations as Prometheus spells them: `1h30m`, `5s`, `250ms`, `0`. The rules are those of `model.ParseDuration`:
/// whole numbers, units in descending order (y, w, d, h, m, s, ms), each at most once, a year of 365 days.
public enum PrometheusDuration {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
        ("ms", 1),
    ]

    /// Reads a duration; nil where the text is none, or longer than 292 years, as Prometheus would refuse it.
    public static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        guard let milliseconds = milliseconds(text), milliseconds <= Int64.max / 1_000_000 else { return nil }
        return .milliseconds(milliseconds)
    }

    /// Writes a duration as Prometheus marshals it: `1h30m`, `1w`, `90d`, `0s`. Cut to whole milliseconds.
    public static func text(_ duration: Duration) -> String {
        let all = duration.inNanoseconds / 1_000_000
        if all == 0 { return "0s" }
        var left = all.magnitude
        var text = all < 0 ? "-" : ""
        for (index, unit) in units.enumerated() {
            let size = UInt64(unit.milliseconds)
            // Years and weeks only where nothing is left: 90d reads better than 12w6d.
            if left < size || index < 2 && left % size != 0 { continue }
            text += "\(left / size)\(unit.name)"
            left %= size
        }
        return text
    }

    private static func milliseconds(_ text: String) -> Int64? {
        var rest = text.utf8[...]
        var next = 0
        var sum: Int64 = 0
        if rest.isEmpty { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest[digits.endIndex...]
            let name = rest.prefix { !(0x30...0x39).contains($0) }
            rest = rest[name.endIndex...]
            guard let number = Int64(String(Substring(digits))),
                let unit = units[next...].firstIndex(where: { $0.name == String(Substring(name)) })
            else { return nil }
            let (product, tooMany) = number.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (total, tooLong) = sum.addingReportingOverflow(product)
            if tooMany || tooLong { return nil }
            sum = total
            next = unit + 1
        }
        return sum
    }
}
