import StokerCore

// The kinds of values a field can have. Each reports what is wrong with it and then reads as absent.
extension FieldReader {
    /// Text that is not empty.
    func text(_ key: String) -> Located<String>? {
        value(key).flatMap { text($0, key) }
    }

    /// As `text`, reported where it is missing.
    func requiredText(_ key: String) -> Located<String>? {
        required(key).flatMap { text($0, key) }
    }

    /// A list of texts, each not empty.
    func texts(_ key: String) -> [Located<String>] {
        items(key).compactMap { text($0, "an item of \(key)") }
    }

    /// The text of a node that `name` says what it is.
    func text(_ node: Node, _ name: String) -> Located<String>? {
        guard let text = node.text, !node.isNull else {
            complain(node.mark, "\(name) must be text, not \(node.kindName)")
            return nil
        }
        if text.isEmpty {
            complain(node.mark, "\(name) must not be empty")
            return nil
        }
        return Located(value: text, mark: node.mark)
    }

    /// Plain `true` or `false`.
    func flag(_ key: String, default fallback: Bool) -> Bool {
        guard let node = value(key) else { return fallback }
        switch node.value {
        case .scalar("true", .plain), .scalar("True", .plain), .scalar("TRUE", .plain): return true
        case .scalar("false", .plain), .scalar("False", .plain), .scalar("FALSE", .plain): return false
        case .scalar, .sequence, .mapping:
            complain(node.mark, "\(key) must be true or false")
            return fallback
        }
    }

    /// A duration in Prometheus' spelling.
    func duration(_ key: String, default fallback: Duration, zero: ZeroDuration = .refused) -> Duration {
        guard let text = text(key) else { return fallback }
        guard let duration = PrometheusDuration.parse(text.value) else {
            complain(text.mark, "\(key) must be a duration such as 30s, 5m or 1h30m, not \(quoted(text.value))")
            return fallback
        }
        switch zero {
        case .allowed: return duration
        case .refused:
            if duration > .zero { return duration }
            complain(text.mark, "\(key) must be longer than zero")
            return fallback
        }
    }

    /// A size in bytes, in Prometheus' spelling.
    func size(_ key: String, default fallback: Int, least: Int) -> Int {
        guard let text = text(key) else { return fallback }
        // Above that it would not be an Int on its way through.
        guard let bytes = SizeText.bytes(text.value), bytes <= 1e18 else {
            complain(text.mark, "\(key) must be a size such as 512MB or 2GB, not \(quoted(text.value))")
            return fallback
        }
        if Int(bytes) >= least { return Int(bytes) }
        complain(text.mark, "\(key) must be at least \(SizeText.text(least))")
        return fallback
    }

    /// A whole number above zero.
    func count(_ key: String, default fallback: Int) -> Int {
        guard let text = text(key) else { return fallback }
        if text.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text.value), number > 0 {
            return number
        }
        complain(text.mark, "\(key) must be a whole number above zero, not \(quoted(text.value))")
        return fallback
    }

    /// One of an enum's spellings; `later` are spellings that Stoker will know one day.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default fallback: Choice, later: Set<String> = []
    ) -> Choice where Choice.RawValue == String {
        optionalChoice(key, later: later) ?? fallback
    }

    /// As `choice`, without a default.
    func optionalChoice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, later: Set<String> = []
    ) -> Choice? where Choice.RawValue == String {
        guard let text = text(key) else { return nil }
        if let choice = Choice(rawValue: text.value) { return choice }
        if later.contains(text.value) {
            complain(text.mark, "\(key) \(text.value) is not supported yet")
            return nil
        }
        let words = Choice.allCases.map(\.rawValue)
        complain(text.mark, "\(key) must be \(words.joined(separator: " or ")), not \(quoted(text.value))")
        return nil
    }

    /// Whether `duration` lets a zero pass.
    enum ZeroDuration { case allowed, refused }
}

// Paths. They come back cleaned.
extension FieldReader {
    /// A path inside the repository.
    func relativePath(_ key: String) -> Located<String>? {
        text(key).flatMap { checked($0, key) }
    }

    /// A list of paths inside the repository, each named once.
    func relativePaths(_ key: String) -> [Located<String>] {
        var seen: Set<String> = []
        return texts(key).compactMap { text in
            guard let path = checked(text, "an item of \(key)") else { return nil }
            if seen.insert(path.value).inserted { return path }
            complain(path.mark, "\(quoted(path.value)) is twice in \(key)")
            return nil
        }
    }

    /// A path of this host, or of what the process sees.
    func absolutePath(_ key: String) -> Located<String>? {
        text(key).flatMap { absolute($0, key) }
    }

    /// As `absolutePath`, reported where it is missing.
    func requiredAbsolutePath(_ key: String) -> Located<String>? {
        requiredText(key).flatMap { absolute($0, key) }
    }

    private func absolute(_ text: Located<String>, _ key: String) -> Located<String>? {
        if let complaint = ConfigPath.complaint(aboutAbsolute: text.value) {
            complain(text.mark, "\(key) \(complaint), not \(quoted(text.value))")
            return nil
        }
        return Located(value: ConfigPath.cleaned(text.value), mark: text.mark)
    }

    /// A file that is read at use; relative paths count from the folder of the configuration file.
    func file(_ key: String) -> String? {
        text(key).map { problems.reference($0, key: key) }
    }

    private func checked(_ text: Located<String>, _ name: String) -> Located<String>? {
        guard let complaint = ConfigPath.complaint(aboutRelative: text.value) else { return text }
        complain(text.mark, "\(name) \(complaint), not \(quoted(text.value))")
        return nil
    }
}
