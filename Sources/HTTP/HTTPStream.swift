import CCurl
import CPlatform

/// One request after the other on the thread of the caller, each answer read piece by piece, however large it is.
///
/// libcurl pushes and the caller pulls: what the caller has not asked for yet is kept in a bounded buffer, and when that is
/// full libcurl is told to wait, and so is, by TCP, the server. All requests share their connections. Not for the
/// cooperative pool: every call blocks until there is something to say, the server is silent for too long, or the request's
/// time is up. The program must ignore SIGPIPE.
public final class HTTPStream {
    private let handles = CurlHandles()
    private var multi: UnsafeMutableRawPointer { handles.multi }
    private var easy: UnsafeMutableRawPointer { handles.easy }
    private var errorText: UnsafeMutablePointer<CChar> { handles.errorText }
    private let userAgent: String
    private var exchange: StreamedExchange?

    /// What is left of an answer is taken, so that its connection serves again, where it is no more than this.
    private static let maxDrainedBytes = 16 << 10
    private static let maxDrainNanoseconds: UInt64 = 1_000_000_000

    /// Nothing is reached before the first request.
    public init(userAgent: String) {
        self.userAgent = userAgent
    }

    deinit {
        if exchange != nil { curl_multi_remove_handle(multi, easy) }
    }

    /// Sends a request, after the end of the one before, and waits for status and header fields of the answer.
    /// - Parameter idleTimeout: the longest time without a byte in either direction while we wait, once connected.
    public func send(_ request: Request, idleTimeout: Duration) throws(HTTPError) -> ResponseHead {
        finish()
        curl_easy_reset(easy)
        errorText[0] = 0
        let exchange = StreamedExchange(request, idleTimeout: idleTimeout)
        try exchange.apply(to: easy, userAgent: userAgent, errorText: errorText)
        let code = curl_multi_add_handle(multi, easy)
        guard code == CURLM_OK else { throw multiError(code, request) }
        self.exchange = exchange
        pump(exchange) { exchange.sink.isHeadComplete }
        if let failure = exchange.failure, !exchange.sink.isHeadComplete { throw failure }
        return ResponseHead(status: curlLong(easy, CURLINFO_RESPONSE_CODE), headers: exchange.sink.headers)
    }

    /// Waits for a piece of the answer's body.
    /// - Returns: how many bytes were put into the buffer; 0 at the end of the body, or without a request.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
        guard let exchange, !buffer.isEmpty else { return 0 }
        pump(exchange) { !exchange.body.isEmpty }
        if !exchange.body.isEmpty { return exchange.body.give(buffer) }
        if let failure = exchange.failure { throw failure }
        return 0
    }

    /// The answer is not wanted any further. Its connection is kept where next to nothing of it is left.
    public func finish() {
        guard let exchange else { return }
        let end = monotonicNanoseconds() + Self.maxDrainNanoseconds
        var drained = exchange.discard()
        while !exchange.isOver, drained <= Self.maxDrainedBytes, monotonicNanoseconds() < end {
            work(exchange)
            drained += exchange.discard()
            if !exchange.isOver { wait(until: end) }
        }
        curl_multi_remove_handle(multi, easy)
        self.exchange = nil
    }

    /// Lets libcurl work until the condition holds or the exchange is over.
    private func pump(_ exchange: StreamedExchange, until holds: () -> Bool) {
        // What the caller did in the meantime is not the server's silence.
        var watch = IdleWatch(limit: exchange.idleTimeout)
        while !exchange.isOver, !holds() {
            work(exchange)
            if exchange.isOver || holds() { return }
            guard watch.sees(easy) else {
                exchange.failure = HTTPError(
                    .idle, exchange.request, "the server went silent, check its load or raise the limit",
                    mayHaveArrived: true)
                return
            }
            wait(until: watch.end)
        }
    }

    /// Takes what is there, as far as it fits; never waits.
    private func work(_ exchange: StreamedExchange) {
        if exchange.body.isPaused {
            exchange.body.isPaused = false
            let code = curl_easy_pause(easy, CURLPAUSE_CONT)
            // What it kept is handed out within this call, and so is a refusal.
            if code != CURLE_OK { exchange.end(code, easy, errorText) }
            if exchange.isOver || exchange.body.isPaused { return }
        }
        var running: CInt = 0
        let code = curl_multi_perform(multi, &running)
        var result: CInt = 0
        if platform_curl_multi_finished(multi, &result) == 1 {
            exchange.end(CURLcode(rawValue: UInt32(result)), easy, errorText)
        } else if code != CURLM_OK {
            exchange.failure = multiError(code, exchange.request)
        }
    }

    /// Until something happens, or until then; libcurl's own timers count too.
    private func wait(until end: UInt64) {
        let now = monotonicNanoseconds()
        guard now < end else { return }
        curl_multi_poll(multi, nil, 0, CInt(min((end - now) / 1_000_000 + 1, 1000)), nil)
    }

    private func multiError(_ code: CURLMcode, _ request: Request) -> HTTPError {
        HTTPError(.other(code: Int32(code.rawValue)), request, CurlHandles.words(code), mayHaveArrived: true)
    }
}
