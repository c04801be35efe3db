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
                FieldReader(item, "a check", fields.problems).flatMap { CheckReader($0).read() }
            },
            compare: fields.section("compare").map { ComparisonReader($0).read() } ?? ComparisonPolicy())
    }
}
