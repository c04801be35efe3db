/// Durations as Prometheus spells them: `1h30m`, `5s`, `250ms`, `0`; units in falling order, each at most once.
enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
        ("ms", 1),
    ]

    /// Nil where the text is no duration, or one beyond 292 years.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text)
        var nextUnit = 0
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            let afterDigits = rest.dropFirst(digits.count)
            let name = afterDigits.prefix { ("a"..."z").contains($0) }
            guard let amount = Int64(digits), let unit = units.firstIndex(where: { $0.name == name }), unit >= nextUnit
            else { return nil }
            let (product, tooLarge) = amount.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (sum, tooLargeAgain) = total.addingReportingOverflow(product)
            if tooLarge || tooLargeAgain || sum > Int64.max / 1_000_000 { return nil }
            total = sum
            nextUnit = unit + 1
            rest = afterDigits.dropFirst(name.count)
        }
        return text.isEmpty ? nil : .milliseconds(total)
    }
}
