import StokerCore

/// One item of `verify.checks` or `gates.checks`: PromQL, a page or a command.
struct CheckReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    /// Nil where a required key is missing or wrong; then it is reported.
    func read() -> CheckConfiguration? {
        defer { fields.finish() }
        let given = ["expr", "http", "command"].filter { fields.value($0) != nil }
        if given.count > 1 {
            fields.complain(
                fields.keyMark(given[1]), "\(given[0]) and \(given[1]) exclude each other: make them two checks")
        }
        let question: CheckConfiguration.Question?
        if fields.value("command") != nil {
            question = command()
        } else if let section = fields.section("http") {
            question = page(section)
        } else {
            question = query()
        }
        let failures = fields.count("failures", default: 2)
        let interval = fields.value("interval").map { _ in fields.duration("interval", default: .seconds(5)) }
        let forDuration = fields.value("for").map { _ in fields.duration("for", default: .zero, zero: .allowed) }
        return question.map {
            CheckConfiguration($0, failures: failures, interval: interval, forDuration: forDuration)
        }
    }

    /// The same for a gate, which opens as soon as its check passes: it has no window, and condemns nothing.
    func readGate() -> CheckConfiguration? {
        for key in ["for", "failures"] where fields.value(key) != nil {
            fields.complain(
                fields.keyMark(key), "\(key) is for the checks of verify: a gate opens as soon as its check passes")
        }
        return read()
    }

    private func query() -> CheckConfiguration.Question? {
        let expression = fields.requiredText("expr")
        let passWhen = fields.choice("pass_when", default: CheckConfiguration.PassWhen.nonEmpty)
        let endpoint = endpoint(fields)
        return expression.map { .query($0.value, passWhen, endpoint) }
    }

    /// Another Prometheus, with the credentials beside its address.
    private func endpoint(_ section: FieldReader) -> CheckConfiguration.Endpoint? {
        let access = HTTPAccessReader(section).read()
        guard let text = section.text("url") else {
            for key in ["basic_auth", "authorization", "tls_config", "proxy_url"] where section.value(key) != nil {
                section.complain(section.keyMark(key), "\(key) is for the url of a check, which has none here")
            }
            return nil
        }
        return section.httpURL(text, "url").map { CheckConfiguration.Endpoint(url: $0, http: access) }
    }

    private func page(_ section: FieldReader) -> CheckConfiguration.Question? {
        defer { section.finish() }
        let access = HTTPAccessReader(section).read()
        let body = section.text("body")?.value
        let statuses = section.items("status").compactMap { status($0, section) }
        guard let text = section.requiredText("url") else { return nil }
        // A page may have a query, which the base URL of an API may not.
        let mark = text.value.firstIndex(of: "?") ?? text.value.endIndex
        let base = Located(value: String(text.value[..<mark]), mark: text.mark)
        guard let url = section.httpURL(base, "url") else { return nil }
        let slash = base.value.hasSuffix("/") ? "/" : ""
        return .http(
            CheckConfiguration.Endpoint(url: url + slash + text.value[mark...], http: access),
            statuses: statuses.isEmpty ? [200] : statuses, body: body)
    }

    private func status(_ node: Node, _ section: FieldReader) -> Int? {
        if let text = node.text, let status = Int(text), (100...599).contains(status) { return status }
        section.complain(node.mark, "an item of status must be a number such as 200")
        return nil
    }

    private func command() -> CheckConfiguration.Question? {
        let words = fields.texts("command").map(\.value)
        let timeout = fields.duration("timeout", default: .seconds(30))
        if words.isEmpty {
            fields.complain(fields.keyMark("command"), "command must name a program")
            return nil
        }
        return .command(words, timeout: timeout)
    }
}
