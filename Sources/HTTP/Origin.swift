import CCurl

/// Whom a URL speaks to: what credentials were given for.
public struct Origin: Sendable, Hashable {
    /// `http` or `https`.
    public let scheme: String
    /// Lower case; an IPv6 address has its brackets.
    public let host: String
    /// The scheme's own where the URL has none.
    public let port: Int

    /// Nil for anything but an absolute http or https URL with a host.
    public init?(_ url: String) {
        guard !url.utf8.contains(0), let parts = curl_url() else { return nil }
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK,
            let scheme = urlPart(parts, CURLUPART_SCHEME)?.lowercased(), ["http", "https"].contains(scheme),
            let host = urlPart(parts, CURLUPART_HOST), !host.isEmpty,
            let port = urlPart(parts, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
        else { return nil }
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port
    }
}

/// Where a `Location` field leads: an absolute URL, or one relative to the URL that was asked. Nil where it is neither.
public func resolvedURL(_ reference: String, from base: String) -> String? {
    guard !reference.utf8.contains(0), !base.utf8.contains(0), let parts = curl_url() else { return nil }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, base, 0) == CURLUE_OK,
        curl_url_set(parts, CURLUPART_URL, reference, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK
    else { return nil }
    return urlPart(parts, CURLUPART_URL)
}

/// One part of a parsed URL.
func urlPart(_ parts: OpaquePointer, _ part: CURLUPart, _ flags: UInt32 = 0) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(parts, part, &text, flags) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
}
