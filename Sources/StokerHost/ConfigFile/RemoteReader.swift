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
        guard let text = fields.requiredText("url"), let url = fields.httpURL(text, "url") else { return nil }
        if let path = Self.pathOfAPI(url) {
            fields.complain(text.mark, "url must not hold the path of the API, which is added: leave out \"\(path)\"")
            return nil
        }
        return RemoteEnvironment(url: url, http: access, timeout: timeout)
    }

    /// The end of a URL that names the API or something of it: behind it there is none.
    private static func pathOfAPI(_ url: String) -> String? {
        let parts = (URLText(url)?.path ?? "").split(separator: "/", omittingEmptySubsequences: false)
        for start in parts.indices {
            let rest = parts[start...]
            guard rest.starts(with: ["api", "v1"]) else { continue }
            let more = rest.dropFirst(2)
            if more.isEmpty || (more.first == "environments" && more.count <= 2) {
                return "/" + rest.joined(separator: "/")
            }
        }
        return nil
    }
}
