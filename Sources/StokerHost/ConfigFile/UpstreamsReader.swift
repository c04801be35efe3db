import StokerCore

/// `after`: a list of environments, all of which count (an empty one: none), or `{ any: [ … ] }`.
struct UpstreamsReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    /// The names as they are written, each once; whether they exist is known when the whole file was read.
    func read() -> (upstreams: Upstreams, names: [Located<String>]) {
        fields.refuseNull("after")
        guard let node = fields.value("after") else { return (Upstreams(), []) }
        guard node.pairs != nil else {
            if node.items == nil {
                fields.complain(
                    node.mark, "after must be a list of environments, or any: with a list, not \(node.kindName)")
                return (Upstreams(), [])
            }
            if node.items?.isEmpty == true { return (Upstreams(), []) }
            return upstreams(fields, "after", any: false)
        }
        guard let section = fields.section("after") else { return (Upstreams(), []) }
        defer { section.finish() }
        _ = section.required("any")
        return upstreams(section, "any", any: true)
    }

    private func upstreams(
        _ section: FieldReader, _ key: String, any: Bool
    ) -> (upstreams: Upstreams, names: [Located<String>]) {
        let names = section.distinctTexts(key, "environment")
        return (Upstreams(names.map { EnvironmentName($0.value) }, any: any), names)
    }
}

extension FieldReader {
    /// A list of texts that names at least one, and each once.
    func distinctTexts(_ key: String, _ what: String) -> [Located<String>] {
        refuseEmpty(key, what)
        var seen: Set<String> = []
        return texts(key).filter { text in
            if seen.insert(text.value).inserted { return true }
            complain(text.mark, "\(quoted(text.value)) is twice in \(key)")
            return false
        }
    }

    /// Reports a list without items: it would protect from nothing, or from everything, and nobody could tell which.
    func refuseEmpty(_ key: String, _ what: String) {
        guard let node = value(key), node.items?.isEmpty == true else { return }
        complain(node.mark, "\(key) must name at least one \(what), or be left out")
    }
}
