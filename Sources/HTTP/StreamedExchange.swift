import CCurl

/// One request of an ``HTTPStream`` and what has come of its answer. It owns all that libcurl reads until the end.
final class StreamedExchange {
    let request: Request
    let idleTimeout: Duration
    let sink: ResponseSink
    let body: StreamedBody
    /// Why the answer is not whole.
    var failure: HTTPError?
    private var isComplete = false
    private let transfer: Transfer
    private let upload: UnsafeMutableRawBufferPointer
    private var options: CurlOptions?

    init(_ request: Request, idleTimeout: Duration) {
        self.request = request
        self.idleTimeout = idleTimeout
        transfer = Transfer(request)
        body = StreamedBody(limitBytes: request.maxResponseBytes)
        sink = ResponseSink(body)
        upload = .allocate(byteCount: request.body.count, alignment: 1)
        upload.copyBytes(from: request.body)
    }

    deinit {
        upload.deallocate()
    }

    /// Whether no more will come.
    var isOver: Bool { isComplete || failure != nil }

    func apply(
        to easy: UnsafeMutableRawPointer, userAgent: String, errorText: UnsafeMutablePointer<CChar>
    ) throws(HTTPError) {
        var options = CurlOptions(easy)
        try options.apply(
            transfer, body: UnsafeRawBufferPointer(upload), userAgent: userAgent, sink: sink, errorText: errorText)
        self.options = consume options
    }

    /// libcurl is done with it.
    func end(_ code: CURLcode, _ easy: UnsafeMutableRawPointer, _ errorText: UnsafeMutablePointer<CChar>) {
        isComplete = true
        if code != CURLE_OK {
            failure = CurlFailure(code, easy, errorText, sink.refusal).error(for: request)
        }
    }

    /// Forgets what is here; how much that was.
    @discardableResult
    func discard() -> Int {
        var scratch = [UInt8](repeating: 0, count: 16 << 10)
        var sum = 0
        while !body.isEmpty { sum += scratch.withUnsafeMutableBytes { body.give($0) } }
        return sum
    }
}
