/// Whether two spellings of a scalar mean the same to Prometheus, which re-marshals what it loaded.
struct ScalarText {
    /// Where relative paths of the main file start, and where those of the served text do.
    let configDirectory: String
    let workingDirectory: String

    /// A secret is served as `<secret>`: it matches anything.
    static let masked = "<secret>"

    /// Whether the declared text may have become the served one.
    func matches(_ declared: String, _ served: String, key: String) -> Bool {
        if declared == served || served == Self.masked { return true }
        if Self.isZero(declared) { return true }
        if let a = Self.boolean(declared), let b = Self.boolean(served) { return a == b }
        if let a = Self.number(declared), let b = Self.number(served) { return a == b }
        if let a = PrometheusDuration.parse(declared), let b = PrometheusDuration.parse(served) { return a == b }
        if let a = SizeText.bytes(declared), let b = SizeText.bytes(served) { return Self.nearly(a, b) }
        if Self.foldsCase.contains(key), declared.lowercased() == served.lowercased() { return true }
        if declared.contains("://"), ServedURL.canonical(declared) == ServedURL.canonical(served) { return true }
        return path(declared) == SeenPath.absolute(served, in: workingDirectory)
    }

    /// The declared path as the process sees it.
    func path(_ declared: String) -> String { SeenPath.absolute(declared, in: configDirectory) }

    /// A value that Prometheus drops or replaces by its default.
    static func isZero(_ text: String) -> Bool {
        text.isEmpty || text == "~" || text.lowercased() == "null" || number(text) == 0
            || PrometheusDuration.parse(text) == .zero
    }

    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    /// YAML's numbers: decimal, `0x`, `0o`, `0b`, underscores; a leading zero is read as a decimal too.
    static func number(_ text: String) -> Double? {
        guard let first = text.utf8.first, first < 0x3a else { return nil }
        let plain = text.contains("_") ? String(text.filter { $0 != "_" }) : text
        let radixes: [(String, Int)] = [("0x", 16), ("0o", 8), ("0b", 2)]
        for (prefix, radix) in radixes where plain.lowercased().hasPrefix(prefix) {
            return Int64(plain.dropFirst(2), radix: radix).map(Double.init)
        }
        return Double(plain)
    }

    /// Sizes are printed rounded in some versions.
    private static func nearly(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= max(a, b) * 0.01 }
    private static let foldsCase: Set<String> = ["action", "scheme", "role", "min_version", "max_version"]
}
