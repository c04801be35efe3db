import CCurl

/// libcurl as a whole.
enum Curl {
    private static let code = curl_global_init(Int(CURL_GLOBAL_SSL))

    /// Once in the life of the process, and not before the first request: it costs milliseconds and memory. Traps when
    /// libcurl cannot be initialised: the only cause is exhausted memory.
    static func start() {
        precondition(code == CURLE_OK, "libcurl cannot be initialised")
    }
}
