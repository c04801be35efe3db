import CCurl

/// A list of texts as libcurl takes it; freed once, which must be after the transfer that reads it.
struct CurlList: ~Copyable {
    private(set) var head: UnsafeMutablePointer<curl_slist>?

    /// Traps when memory is exhausted: a request without one of its fields would be another request.
    mutating func append(_ text: String) {
        guard let longer = curl_slist_append(head, text) else {
            preconditionFailure("libcurl has no memory for a list")
        }
        head = longer
    }

    deinit {
        curl_slist_free_all(head)
    }
}
