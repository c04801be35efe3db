import CCurl
import CPlatform
import Glibc

/// Turns what libcurl says into our one error.
struct CurlFailure {
    let code: CURLcode
    /// errno of the last failed connect; stale for other failures.
    let systemError: Int32
    /// libcurl's own words, perhaps empty. They name hosts and ports, never credentials.
    let text: String
    let refusal: ResponseSink.Refusal?
    /// The status of the last answer, 0 without one.
    let status: Int
    /// The proxy's answer to CONNECT, 0 without one.
    let proxyStatus: Int

    /// Whether the certificate that was found wanting is the proxy's.
    private let isProxyUnproved: Bool

    /// Whether the request was sent, in part or whole: a partly sent one may have been understood.
    let mayHaveArrived: Bool

    /// Reads what a transfer left in its handle.
    init(
        _ code: CURLcode, _ easy: UnsafeMutableRawPointer, _ errorText: UnsafeMutablePointer<CChar>,
        _ refusal: ResponseSink.Refusal?
    ) {
        self.code = code
        self.refusal = refusal
        text = String(cString: errorText)
        systemError = Int32(truncatingIfNeeded: curlLong(easy, CURLINFO_OS_ERRNO))
        status = curlLong(easy, CURLINFO_RESPONSE_CODE)
        proxyStatus = curlLong(easy, CURLINFO_HTTP_CONNECTCODE)
        isProxyUnproved = curlLong(easy, CURLINFO_PROXY_SSL_VERIFYRESULT) != 0
        mayHaveArrived = curlLong(easy, CURLINFO_REQUEST_SIZE) > 0
    }

    func error(for request: Request) -> HTTPError {
        let (kind, words) = verdict(request)
        return HTTPError(kind, request, words, detail: detail, mayHaveArrived: mayHaveArrived)
    }

    private var detail: String {
        text.isEmpty ? curl_easy_strerror(code).map { String(cString: $0) } ?? "" : text
    }

    private func verdict(_ request: Request) -> (HTTPError.Kind, String) {
        switch code {
        case _ where proxyStatus >= 300:
            (.proxy(status: proxyStatus), "the proxy refuses the connection (\(proxyStatus)), check proxy_url")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            (.resolve, "the name cannot be resolved (\(detail)), check it and the name server")
        case CURLE_COULDNT_CONNECT where systemError == ECONNREFUSED:
            (.connectionRefused, "connection refused, check that it runs and listens there")
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED:
            (.connect, "no connection (\(detail)), check the address, the route and the proxy")
        case CURLE_OPERATION_TIMEDOUT:
            (.timeout, "no whole answer in time (\(detail)), check its load or raise the limit")
        case CURLE_FILESIZE_EXCEEDED:
            tooLarge(request)
        case CURLE_WRITE_ERROR:
            refused(request)
        case CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND:
            (.send, "the connection broke while sending (\(detail)), check the server's log")
        case CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY,
            CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            (.receive, "no whole HTTP answer (\(detail)), check what listens there")
        case CURLE_UNSUPPORTED_PROTOCOL where !(300..<400).contains(status):
            // The URL's own protocol was checked before; this is an answer without any status line.
            (.receive, "no HTTP answer (\(detail)), check what listens there")
        case CURLE_TOO_MANY_REDIRECTS, CURLE_UNSUPPORTED_PROTOCOL:
            (.redirect, "a redirect cannot be followed (\(detail)), use the final URL")
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT:
            (.badRequest, "it cannot be sent (\(detail)), correct the URL")
        case _ where Self.tlsCodes.contains(code.rawValue) && isProxys(request):
            (
                .proxyTLS(detail: detail),
                "TLS with the proxy failed (\(detail)), check proxy_url, tls_config and the proxy's certificate"
            )
        case _ where Self.tlsCodes.contains(code.rawValue):
            (.tls(detail: detail), "TLS failed (\(detail)), check tls_config and the server's certificate")
        default:
            (.other(code: Int32(code.rawValue)), "libcurl failed (\(detail)), try again")
        }
    }

    /// TLS comes first with a proxy, and with the server once the proxy has answered. A name that is wrong is not in libcurl's
    /// verdict about the proxy's certificate.
    private func isProxys(_ request: Request) -> Bool {
        isProxyUnproved || proxyStatus == 0 && request.proxyURL?.lowercased().hasPrefix("https:") == true
    }

    /// A write error is our own refusal to take more.
    private func refused(_ request: Request) -> (HTTPError.Kind, String) {
        switch refusal {
        case .bodyTooLarge: tooLarge(request)
        case .headersTooLarge: (.receive, "the header fields of the answer have no end, check what listens there")
        case .cancelled: (.cancelled, "cancelled")
        case nil: (.receive, "the answer could not be stored (\(detail)), try again")
        }
    }

    private func tooLarge(_ request: Request) -> (HTTPError.Kind, String) {
        let limit = request.maxResponseBytes
        return (.tooLarge(limitBytes: limit), "the answer is larger than \(limit) bytes, check what listens there")
    }

    /// Everything that means: one end did not prove itself, or could not be asked to.
    private static let tlsCodes: Set<UInt32> = Set(
        [
            CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_SHUTDOWN_FAILED,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED,
        ].map(\.rawValue))
}

/// A number that libcurl knows about a transfer.
func curlLong(_ easy: UnsafeMutableRawPointer, _ info: CURLINFO) -> Int {
    var value = 0
    _ = platform_curl_get_long(easy, info.rawValue, &value)
    return value
}
