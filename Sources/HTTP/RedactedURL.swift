/// A URL for messages: what authenticates is replaced by `xxxxx`, everything else stays as written.
///
/// - User and password of http and https, since a user alone may be a token (`https://ghp_…@github.com`); of other schemes
///   only the password, since `ssh://git@host` is no secret.
/// - The values of query fields whose name speaks of a token, secret, password, key or signature.
///
/// The text need not be a valid URL: a broken one must not leak either.
public func redactedURL(_ url: String) -> String {
    let (front, query) = split(redactedUser(url), at: "?")
    return front + (query.map { "?" + redactedQuery($0) } ?? "")
}

private func redactedUser(_ url: String) -> String {
    let bytes = Array(url.utf8)
    let scheme = schemeLength(bytes)
    let rest = bytes[scheme...]
    var end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
    if !hasPlausiblePort(rest[..<end]), !rest[..<end].contains(UInt8(ascii: "@")) {
        // `http://user:pa/ss@host`: a password with an unescaped `/`, `?` or `#` looks like a host with a strange port.
        end = rest.endIndex
    }
    guard let at = rest[..<end].lastIndex(of: UInt8(ascii: "@")) else { return url }
    let isWeb = ["http://", "https://"].contains(String(decoding: bytes[..<scheme], as: UTF8.self).lowercased())
    let colon = rest[..<at].firstIndex(of: UInt8(ascii: ":"))
    if !isWeb, colon == nil {
        return url
    }
    let user = isWeb ? [] : rest[..<(colon ?? at)] + [UInt8(ascii: ":")]
    return String(decoding: bytes[..<scheme] + user + "xxxxx".utf8 + rest[at...], as: UTF8.self)
}

/// The length of `scheme://`, 0 where there is none.
private func schemeLength(_ bytes: [UInt8]) -> Int {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
        return 0
    }
    return colon + 3
}

/// Whether what follows the last colon can be a port: digits, the end of an IPv6 address, or no colon at all.
private func hasPlausiblePort(_ authority: ArraySlice<UInt8>) -> Bool {
    guard let colon = authority.lastIndex(of: UInt8(ascii: ":")) else { return true }
    return authority.contains(UInt8(ascii: "]"))
        || authority[(colon + 1)...].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}

private func redactedQuery(_ query: String) -> String {
    let (fields, fragment) = split(query, at: "#")
    let redacted = fields.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { bytes in
        let field = String(Substring(bytes))
        let (name, value) = split(field, at: "=")
        guard value != nil, isSecretName(name) else { return field }
        return name + "=xxxxx"
    }
    return redacted.joined(separator: "&") + (fragment.map { "#" + $0 } ?? "")
}

private func isSecretName(_ name: String) -> Bool {
    let lowered = name.lowercased()
    return ["token", "secret", "passw", "pwd", "apikey", "api_key", "api-key", "credential", "signature"]
        .contains { lowered.contains($0) }
        || ["key", "sig", "auth", "authorization"].contains(lowered) || lowered.hasSuffix("_key")
}

/// Splits at the first such byte; by bytes, since a combining character behind it must not hide it.
private func split(_ text: String, at separator: Unicode.Scalar) -> (String, String?) {
    guard let index = text.utf8.firstIndex(of: UInt8(ascii: separator)) else { return (text, nil) }
    return (String(text[..<index]), String(text[text.utf8.index(after: index)...]))
}
