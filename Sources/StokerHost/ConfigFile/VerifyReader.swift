import StokerCore

/// The `verify` section of an environment.
struct VerifyReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    func read() -> VerifyConfiguration {
        defer { fields.finish(later: Later.verifyKeys) }
        return VerifyConfiguration(
            forDuration: fields.duration("for", default: .zero, zero: .allowed),
            interval: fields.duration("interval", default: .seconds(5)),
            timeout: fields.duration("timeout", default: .seconds(300)),
            checks: fields.items("checks").compactMap { item in
                FieldReader(item, "a check", fields.problems).flatMap(check)
            })
    }

    private func check(_ section: FieldReader) -> VerifyConfiguration.Check? {
        defer { section.finish() }
        let expression = section.requiredText("expr")
        let passWhen = section.choice("pass_when", default: VerifyConfiguration.Check.PassWhen.nonEmpty)
        return expression.map { VerifyConfiguration.Check(expr: $0.value, passWhen: passWhen) }
    }
}
