import CCurl
import CPlatform

/// One thread's libcurl: a multi handle, which keeps the connections, and the easy handle used for every request.
///
/// The multi interface is used for one transfer at a time because it alone can be woken from another thread: a
/// cancellation takes effect at once, also while a silent server is waited for.
final class CurlSession: @unchecked Sendable {
    private let handles = CurlHandles()
    private var multi: UnsafeMutableRawPointer { handles.multi }
    private var easy: UnsafeMutableRawPointer { handles.easy }
    private var errorText: UnsafeMutablePointer<CChar> { handles.errorText }
    private let userAgent: String

    private static let maxConnections = 4

    init(userAgent: String) {
        self.userAgent = userAgent
        _ = platform_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS.rawValue, Self.maxConnections)
    }

    /// Ends the wait of `perform`, from any thread; `perform` then looks whether its transfer is cancelled.
    func interrupt() {
        curl_multi_wakeup(multi)
    }

    /// Runs one transfer to its end, on the thread that owns this session.
    func perform(_ transfer: Transfer) -> Result<Response, HTTPError> {
        let request = transfer.request
        if transfer.isExpired {
            return .failure(HTTPError(.timeout, request, "no answer within \(request.timeout), all workers were busy"))
        }
        let body = WholeBody(transfer)
        let sink = ResponseSink(body)
        errorText[0] = 0
        return request.body.withUnsafeBytes { upload in
            do throws(HTTPError) {
                curl_easy_reset(easy)
                var options = CurlOptions(easy)
                try options.apply(transfer, body: upload, userAgent: userAgent, sink: sink, errorText: errorText)
                let ending = withExtendedLifetime(sink) { run(transfer) }
                // The lists of the options are freed only after the transfer that reads them.
                options.free()
                return answer(ending, sink, body, request)
            } catch {
                return .failure(error)
            }
        }
    }

    private enum Ending {
        case finished(CURLcode)
        case cancelled
        case multiFailed(CURLMcode)
    }

    private func run(_ transfer: Transfer) -> Ending {
        var code = curl_multi_add_handle(multi, easy)
        defer { curl_multi_remove_handle(multi, easy) }
        while code == CURLM_OK {
            var running: CInt = 0
            code = curl_multi_perform(multi, &running)
            if transfer.isCancelled { return .cancelled }
            var result: CInt = 0
            if platform_curl_multi_finished(multi, &result) == 1 {
                return .finished(CURLcode(rawValue: UInt32(result)))
            }
            if code == CURLM_OK {
                code = curl_multi_poll(multi, nil, 0, 1000, nil)
            }
        }
        return .multiFailed(code)
    }

    private func answer(
        _ ending: Ending, _ sink: ResponseSink, _ body: WholeBody, _ request: Request
    ) -> Result<Response, HTTPError> {
        switch ending {
        case .cancelled:
            let mayHaveArrived = curlLong(easy, CURLINFO_REQUEST_SIZE) > 0
            return .failure(HTTPError(.cancelled, request, "cancelled", mayHaveArrived: mayHaveArrived))
        case .multiFailed(let code):
            return .failure(
                HTTPError(
                    .other(code: Int32(code.rawValue)), request, CurlHandles.words(code), mayHaveArrived: true))
        case .finished(CURLE_OK):
            return .success(
                Response(status: curlLong(easy, CURLINFO_RESPONSE_CODE), headers: sink.headers, body: body.bytes))
        case .finished(let code):
            return .failure(CurlFailure(code, easy, errorText, sink.refusal).error(for: request))
        }
    }
}
