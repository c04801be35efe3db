/// A version as <https://semver.org/spec/v2.0.0.html> orders it. Two parts are enough: `1.4` counts as `1.4.0`.
public struct TagVersion: Hashable, Sendable, Comparable {
    /// Digits without leading zeros; text, so that no number is too large.
    private let core: [String]
    private let preRelease: [String]

    /// Whether it comes before the release of its number, as `1.0.0-rc.1` does.
    public var isPreRelease: Bool { !preRelease.isEmpty }

    /// Reads `major.minor[.patch][-pre.release][+build]`; nil where the text has another form. The build is checked and
    /// forgotten: it has no part in the order.
    public init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        if let plus = rest.firstIndex(of: "+") {
            guard Self.identifiers(rest[rest.index(after: plus)...]) != nil else { return nil }
            rest = rest[..<plus]
        }
        var preRelease: [String] = []
        if let dash = rest.firstIndex(of: "-") {
            guard let found = Self.identifiers(rest[rest.index(after: dash)...]),
                found.allSatisfy({ !Self.isNumber($0) || Self.isPlain($0) })
            else { return nil }
            preRelease = found
            rest = rest[..<dash]
        }
        var core = rest.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(core.count), core.allSatisfy(Self.isPlain) else { return nil }
        if core.count == 2 { core.append("0") }
        self.core = core
        self.preRelease = preRelease
    }

    /// The precedence of section 11 of the specification.
    public static func < (a: Self, b: Self) -> Bool {
        for (left, right) in zip(a.core, b.core) where left != right { return isSmaller(left, right) }
        if a.preRelease.isEmpty || b.preRelease.isEmpty { return a.isPreRelease && !b.isPreRelease }
        for (left, right) in zip(a.preRelease, b.preRelease) where left != right {
            switch (isNumber(left), isNumber(right)) {
            case (true, true): return isSmaller(left, right)
            // Numbers come before words.
            case (true, false): return true
            case (false, true): return false
            case (false, false): return left.utf8.lexicographicallyPrecedes(right.utf8)
            }
        }
        return a.preRelease.count < b.preRelease.count
    }

    private static func isSmaller(_ a: String, _ b: String) -> Bool {
        a.utf8.count != b.utf8.count ? a.utf8.count < b.utf8.count : a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// A number without leading zeros.
    private static func isPlain(_ text: String) -> Bool {
        isNumber(text) && (text == "0" || !text.hasPrefix("0"))
    }

    private static func identifiers(_ text: Substring) -> [String]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isClean = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d: true
                    case _: false
                    }
                }
        }
        return isClean ? parts : nil
    }
}
