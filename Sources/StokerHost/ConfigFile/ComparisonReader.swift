import StokerCore

/// The `compare` section of `verify`: for each vital sign an action, or an action and a threshold.
struct ComparisonReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    func read() -> ComparisonPolicy {
        defer { fields.finish() }
        var rules: [ComparisonPolicy.Sign: ComparisonPolicy.Rule] = [:]
        for sign in ComparisonPolicy.Sign.allCases {
            guard let node = fields.value(sign.rawValue) else { continue }
            let standard = ComparisonPolicy.standard(sign)
            if node.pairs == nil {
                rules[sign] = ComparisonPolicy.Rule(
                    fields.choice(sign.rawValue, default: standard.action), standard.threshold)
            } else if let section = fields.section(sign.rawValue) {
                let action = section.choice("action", default: standard.action)
                rules[sign] = ComparisonPolicy.Rule(action, threshold(section) ?? standard.threshold)
                section.finish()
            }
        }
        return ComparisonPolicy(rules, isWritten: true)
    }

    /// `50%`, or a number.
    private func threshold(_ section: FieldReader) -> ComparisonPolicy.Threshold? {
        guard let text = section.text("threshold") else { return nil }
        let digits = text.value.hasSuffix("%") ? text.value.dropLast() : text.value[...]
        let isNumber = digits.utf8.first.map { (0x30...0x39).contains($0) } ?? false
        if isNumber, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2e }), let value = Double(digits) {
            return text.value.hasSuffix("%") ? .share(value / 100) : .count(value)
        }
        section.complain(
            text.mark, "threshold must be a percentage such as 50% or a number, not \(quoted(text.value))")
        return nil
    }
}
