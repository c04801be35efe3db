import CCurl

/// A request's URL as libcurl shall see it.
///
/// libcurl takes the name to prove from the URL. Where `tls_config` gives another name, the URL carries that one, and a
/// route sends the connection to the real host, whose name stays in the Host field.
struct CurlAddress {
    let url: String
    /// `HOST:PORT:REALHOST:REALPORT` for CURLOPT_CONNECT_TO.
    let route: String?
    /// The Host field where it is not the URL's.
    let hostField: String?

    /// Nil for anything but an absolute http or https URL with a host.
    init?(_ request: Request) {
        guard !request.url.utf8.contains(0), let parts = curl_url() else { return nil }
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, request.url, 0) == CURLUE_OK,
            let scheme = urlPart(parts, CURLUPART_SCHEME), ["http", "https"].contains(scheme.lowercased()),
            let host = urlPart(parts, CURLUPART_HOST), !host.isEmpty,
            let port = urlPart(parts, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT))
        else { return nil }
        if request.auth != nil {
            // Credentials in the URL would win over those of the request.
            curl_url_set(parts, CURLUPART_USER, nil, 0)
            curl_url_set(parts, CURLUPART_PASSWORD, nil, 0)
        }
        if scheme.lowercased() == "https", let name = request.tls?.serverName, name != host {
            guard curl_url_set(parts, CURLUPART_HOST, name, 0) == CURLUE_OK else { return nil }
            let explicitPort = urlPart(parts, CURLUPART_PORT)
            route = "\(name):\(port):\(host):\(port)"
            hostField = explicitPort.map { "\(host):\($0)" } ?? host
        } else {
            route = nil
            hostField = nil
        }
        guard let url = urlPart(parts, CURLUPART_URL) else { return nil }
        self.url = url
    }
}
