import CCurl
import CPlatform

/// Sets a request on an easy handle that was just reset, and owns what libcurl reads until the transfer has ended.
struct CurlOptions: ~Copyable {
    private let easy: UnsafeMutableRawPointer
    private var headers = CurlList()
    private var connectTo = CurlList()
    private var failure: CURLcode?

    private static let maxRedirects = 5
    /// `CURLAUTH_BASIC`, a cast Swift cannot import.
    private static let basicOnly = 1
    /// One less than `sun_path`, for the final zero.
    private static let maxSocketPathBytes = 107

    init(_ easy: UnsafeMutableRawPointer) {
        self.easy = easy
    }

    /// Ends the ownership. A call, so that the compiler cannot end it earlier.
    consuming func free() {}

    mutating func apply(
        _ transfer: Transfer, body: UnsafeRawBufferPointer, userAgent: String, sink: ResponseSink,
        errorText: UnsafeMutablePointer<CChar>
    ) throws(HTTPError) {
        let request = transfer.request
        try check(request)
        note(platform_curl_set_pointer(easy, CURLOPT_ERRORBUFFER.rawValue, errorText))
        setSafety()
        setSink(sink)
        set(CURLOPT_USERAGENT, userAgent)
        set(CURLOPT_TIMEOUT_MS, transfer.remainingMilliseconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(nanoseconds(request.connectTimeout) / 1_000_000)))
        note(
            platform_curl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE.rawValue, Int64(max(1, request.maxResponseBytes))))
        set(CURLOPT_FOLLOWLOCATION, request.followRedirects ? 1 : 0)
        set(CURLOPT_MAXREDIRS, Self.maxRedirects)
        try setAddress(request)
        setMethod(request, body)
        setAuthentication(request)
        setHeaders(request)
        if request.acceptsGzip { set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        setTLS(request.tls)
        setProxy(request)
        if let failure {
            let words = curl_easy_strerror(failure).map { String(cString: $0) } ?? ""
            throw HTTPError(.other(code: Int32(failure.rawValue)), request, "libcurl refuses an option (\(words))")
        }
    }

    /// What libcurl would send as given, line ends and all, or cut at a zero byte.
    private func check(_ request: Request) throws(HTTPError) {
        let isToken = request.method.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7f && !"()<>@,;:\\\"/[]?={}".utf8.contains($0)
        }
        guard isToken, !request.method.isEmpty else {
            throw HTTPError(.badRequest, request, "the method is no HTTP token")
        }
        var texts = request.headers.fields.flatMap { [$0.name, $0.value] }
        switch request.auth {
        case .basic(let user, let password):
            guard !user.utf8.contains(UInt8(ascii: ":")) else {
                throw HTTPError(.badRequest, request, "the user of basic authentication must not contain a colon")
            }
            texts += [user, password.reveal()]
        case .authorization(let type, let credentials): texts += [type, credentials.reveal()]
        case nil: break
        }
        guard texts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 } }) else {
            throw HTTPError(
                .badRequest, request,
                "a header field or credential contains a line end or another control character, remove it")
        }
        guard request.headers.fields.allSatisfy({ !$0.name.isEmpty && !$0.name.utf8.contains(UInt8(ascii: ":")) })
        else {
            throw HTTPError(.badRequest, request, "a header field has no proper name")
        }
        guard request.unixSocketPath.map({ $0.utf8.count <= Self.maxSocketPathBytes }) ?? true else {
            throw HTTPError(
                .badRequest, request, "the socket's path is longer than \(Self.maxSocketPathBytes) bytes, shorten it")
        }
    }

    private mutating func setSafety() {
        // Signals belong to the whole program, and libcurl's use of SIGALRM is not thread-safe.
        set(CURLOPT_NOSIGNAL, 1)
        // A name server that does not answer must not outlast the time-out: libcurl joins its resolver thread otherwise.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // A reload may stay silent for minutes: firewalls in between must not forget the connection.
        set(CURLOPT_TCP_KEEPALIVE, 1)
        // A connection that is used for ever would never see that the name, or a certificate of ours, has changed.
        set(CURLOPT_MAXLIFETIME_CONN, 600)
        note(platform_curl_close_sockets_on_exec(easy))
    }

    private mutating func setSink(_ sink: ResponseSink) {
        let body: platform_curl_sink = { bytes, size, count, context in
            guard let context else { return 0 }
            let sink = Unmanaged<ResponseSink>.fromOpaque(context).takeUnretainedValue()
            return switch sink.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) {
            case .all: size * count
            case .later: Int(CURL_WRITEFUNC_PAUSE)
            case .refused: 0
            }
        }
        let header: platform_curl_sink = { bytes, size, count, context in
            guard let context else { return 0 }
            let sink = Unmanaged<ResponseSink>.fromOpaque(context).takeUnretainedValue()
            return sink.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        note(platform_curl_set_sinks(easy, body, header, Unmanaged.passUnretained(sink).toOpaque()))
    }

    private mutating func setAddress(_ request: Request) throws(HTTPError) {
        guard let address = CurlAddress(request) else {
            throw HTTPError(.badRequest, request, "this is no absolute http or https URL, correct it")
        }
        set(CURLOPT_URL, address.url)
        if let route = address.route {
            connectTo.append(route)
            note(platform_curl_set_pointer(easy, CURLOPT_CONNECT_TO.rawValue, connectTo.head))
        }
        if let host = address.hostField, request.headers["Host"] == nil {
            headers.append("Host: \(host)")
        }
        if let path = request.unixSocketPath {
            set(CURLOPT_UNIX_SOCKET_PATH, path)
        }
    }

    private mutating func setMethod(_ request: Request, _ body: UnsafeRawBufferPointer) {
        switch request.method {
        case "GET" where body.isEmpty: set(CURLOPT_HTTPGET, 1)
        case "HEAD" where body.isEmpty: set(CURLOPT_NOBODY, 1)
        default:
            if body.isEmpty, request.method != "POST", request.method != "PUT" {
                set(CURLOPT_CUSTOMREQUEST, request.method)
                return
            }
            set(CURLOPT_POST, 1)
            note(platform_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE.rawValue, Int64(body.count)))
            note(platform_curl_set_pointer(easy, CURLOPT_POSTFIELDS.rawValue, body.baseAddress))
            if request.method != "POST" {
                set(CURLOPT_CUSTOMREQUEST, request.method)
            }
        }
    }

    private mutating func setAuthentication(_ request: Request) {
        set(CURLOPT_HTTPAUTH, Self.basicOnly)
        switch request.auth {
        case .basic(let user, let password):
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password.reveal())
        case .authorization(let type, let credentials):
            // libcurl drops a field of this name when a redirect leads to another host.
            headers.append("Authorization: \(type) \(credentials.reveal())")
        case nil: break
        }
    }

    private mutating func setHeaders(_ request: Request) {
        for field in request.headers.fields {
            // "Name:" would remove the field, "Name;" sends it empty.
            headers.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // What libcurl adds by itself: a wait for "100 Continue" that most servers never send, and a form's type.
        if request.headers["Expect"] == nil {
            headers.append("Expect:")
        }
        if request.headers["Content-Type"] == nil {
            headers.append("Content-Type:")
        }
        note(platform_curl_set_pointer(easy, CURLOPT_HTTPHEADER.rawValue, headers.head))
    }

    private mutating func setTLS(_ tls: TLSOptions?) {
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        guard let tls else { return }
        if let file = tls.caFile {
            set(CURLOPT_CAINFO, file)
            // libcurl's built-in folder of the system's CAs would still be trusted.
            note(platform_curl_set_string(easy, CURLOPT_CAPATH.rawValue, nil))
            // libcurl keeps the CAs of a file for a day, by its name: a rotated file would not count.
            set(CURLOPT_CA_CACHE_TIMEOUT, 0)
            // A proxy may be of the same house. Those of the system stay for it: it may as well not be.
            set(CURLOPT_PROXY_CAINFO, file)
        }
        if let file = tls.certFile { set(CURLOPT_SSLCERT, file) }
        if let file = tls.keyFile { set(CURLOPT_SSLKEY, file) }
        if tls.insecureSkipVerify {
            set(CURLOPT_SSL_VERIFYPEER, 0)
            set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private mutating func setProxy(_ request: Request) {
        if let proxy = request.proxyURL {
            set(CURLOPT_PROXY, proxy)
            // Otherwise the environment's no_proxy would still count.
            set(CURLOPT_NOPROXY, "")
        } else if !request.proxyFromEnvironment {
            // An empty proxy is "none", whatever the environment says.
            set(CURLOPT_PROXY, "")
        }
    }

    private mutating func set(_ option: CURLoption, _ value: Int) {
        note(platform_curl_set_long(easy, option.rawValue, value))
    }

    private mutating func set(_ option: CURLoption, _ value: String) {
        note(platform_curl_set_string(easy, option.rawValue, value))
    }

    private mutating func note(_ code: CInt) {
        if code != 0, failure == nil {
            failure = CURLcode(rawValue: UInt32(code))
        }
    }
}
