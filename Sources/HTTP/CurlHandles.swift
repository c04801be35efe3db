import CCurl

/// What libcurl works with on one thread: a multi handle, which keeps the connections, the easy handle used for every request,
/// and the place for libcurl's words about a failure. Freed together, after whatever was added was removed.
final class CurlHandles {
    let multi: UnsafeMutableRawPointer
    let easy: UnsafeMutableRawPointer
    let errorText: UnsafeMutablePointer<CChar>

    /// Traps when libcurl cannot be initialised: the only cause is exhausted memory.
    init() {
        Curl.start()
        guard let multi = curl_multi_init(), let easy = curl_easy_init() else {
            preconditionFailure("libcurl has no memory for a handle")
        }
        self.multi = multi
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
        errorText.deallocate()
    }

    /// What a multi handle says about itself.
    static func words(_ code: CURLMcode) -> String { curl_multi_strerror(code).map { String(cString: $0) } ?? "" }
}
