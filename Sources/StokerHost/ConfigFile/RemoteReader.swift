import StokerCore

/// The `remote` section of an environment: the Stoker that runs it.
struct RemoteReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    /// Nil where the address is missing or wrong; then it is reported.
    func read() -> RemoteEnvironment? {
        defer { fields.finish() }
        let access = HTTPAccessReader(fields).read()
        let timeout = fields.duration("timeout", default: .seconds(10))
        return fields.requiredText("url").flatMap { fields.httpURL($0, "url") }.map {
            RemoteEnvironment(url: $0, http: access, timeout: timeout)
        }
    }
}
