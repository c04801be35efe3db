/// An http or https URL, taken apart as far as Stoker needs it.
struct URLText: Hashable {
    /// `http` or `https`.
    let scheme: String
    let hasUser: Bool
    /// Lower case, with the brackets of an IPv6 address.
    let host: String
    let port: Int?
    /// With a leading slash and without one at the end; may be empty.
    let path: String

    /// Two URLs of one server are the same text here, whatever port or slashes are written out.
    var normalised: String {
        "\(scheme)://\(host):\(port ?? (scheme == "https" ? 443 : 80))\(path)"
    }

    /// Reads a URL without query and fragment; nil where it is none.
    init?(_ text: String, schemes: [String] = ["http", "https"]) {
        guard
            text.unicodeScalars.allSatisfy({
                $0.value > 0x20 && $0.value < 0x7f && !"\"<>\\^`{|}".unicodeScalars.contains($0)
            }),
            !text.contains("?"), !text.contains("#"), let colon = text.firstIndex(of: ":")
        else { return nil }
        scheme = text[..<colon].lowercased()
        let afterScheme = text[text.index(after: colon)...]
        guard schemes.contains(scheme), afterScheme.hasPrefix("//") else { return nil }

        let rest = afterScheme.dropFirst(2)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash]
        var path = rest[slash...]
        while path.hasSuffix("/") { path.removeLast() }
        self.path = String(path)

        let at = authority.lastIndex(of: "@")
        hasUser = at != nil
        if let at { authority = authority[authority.index(after: at)...] }
        guard let (host, port) = Self.hostAndPort(authority) else { return nil }
        self.host = host.lowercased()
        self.port = port
    }

    private static func hostAndPort(_ authority: Substring) -> (host: String, port: Int?)? {
        var hostEnd = authority.endIndex
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            hostEnd = authority.index(after: bracket)
            let address = authority[..<hostEnd].dropFirst().dropLast()
            guard address.contains(":"), address.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                return nil
            }
        } else {
            hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
            let name = authority[..<hostEnd]
            guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || "-._~%".contains($0) }) else {
                return nil
            }
        }
        let after = authority[hostEnd...]
        if after.isEmpty { return (String(authority[..<hostEnd]), nil) }
        guard after.hasPrefix(":"), after.dropFirst().allSatisfy(\.isNumber), let port = Int(after.dropFirst()),
            (1...65535).contains(port)
        else { return nil }
        return (String(authority[..<hostEnd]), port)
    }
}
