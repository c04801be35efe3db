import HTTP
import StokerCore

// What answers and errors mean: the cause, and what to do about it.
extension HTTPSourceAccess {
    /// Why an answer with this status, which is no success, brings nothing.
    /// - Parameter body: its beginning, for the one sentence that some servers say.
    func failure(status: Int, headers: Headers, body: [UInt8] = []) -> FetchFailure {
        let words = words(headers, body)
        let wait = RetryAfter.seconds(headers, now: Clock.wall())
        switch status {
        case 300..<400:
            let target = headers["Location"].flatMap { resolvedURL($0, from: "\(url)/") }.map(redactedURL)
            return FetchFailure(
                .protocolError,
                "\(server) answers with a redirect\(target.map { " to \($0)" } ?? "") where none is followed: set source.url to the repository's own URL"
            )
        case 400 where isCertificatePage(body):
            return clientCertificate
        case 401: return unauthorised
        case 403 where wait != nil, 429:
            return FetchFailure(
                .unavailable, "\(answerer) limits how often it may be asked (\(status))\(words): raise poll_interval",
                retryAfterSeconds: wait)
        case 403:
            return FetchFailure(
                .authentication,
                "\(answerer) forbids access (403)\(words): check the rights of \(identity)\(isProxiedInClear ? ", and the proxy's rules" : "")"
            )
        case 404, 410:
            return FetchFailure(
                .notFound,
                "\(server) has no such repository (\(status))\(words): check source.url, and whether it asks for credentials"
            )
        case 407:
            return FetchFailure(
                .authentication,
                "\(proxyName) asks for credentials, or refused them (407): put user and password into source.proxy_url")
        case 500..<600:
            return FetchFailure(
                .unavailable, "\(answerer) fails (\(status))\(words): its log says why", retryAfterSeconds: wait)
        default:
            return FetchFailure(
                .protocolError, "\(answerer) did not answer as a git server does (\(status))\(words): check source.url")
        }
    }

    /// Why there is no whole answer.
    func failure(_ error: HTTPError) -> FetchFailure {
        let detail = place.redacted(error.detail)
        switch error.kind {
        case .timeout where !error.mayHaveArrived:
            return FetchFailure(
                .timeout,
                "\(server) took no connection within \(min(connectTimeout, timeout).prometheusText) (source.limits.connect_timeout): \(detail)"
            )
        case .timeout:
            return FetchFailure(
                .timeout, "\(server) gave no whole answer within \(timeout.prometheusText) (source.timeout)")
        case .idle:
            return FetchFailure(
                .timeout,
                "\(server) went silent for \(idleTimeout.prometheusText): raise source.limits.idle_timeout if it is slow but well"
            )
        case .resolve, .connect:
            return FetchFailure(.unreachable, "\(server) could not be reached: \(detail)")
        case .connectionRefused:
            return FetchFailure(.unreachable, "\(server) could not be reached: connection refused\(refused(detail))")
        case .proxy(407): return failure(status: 407, headers: [:])
        case .proxy(let status):
            return FetchFailure(
                .unreachable, "\(proxyName) refused to connect to \(place.shown) (\(status)): check its rules")
        case .tls(let detail): return certificate(detail)
        case .proxyTLS(let detail): return proxyCertificate(detail)
        case .receive where detail.contains("alert"), .send where detail.contains("alert"):
            return certificate(detail)
        case .tooLarge(advertisementBytes): return tooManyReferences
        case .tooLarge:
            return FetchFailure(
                .tooLarge,
                "\(server) was given up: it sent more than \(SizeText.text(receivedBytes)): raise source.limits.max_received if the repository is that large"
            )
        case .send, .receive, .redirect:
            return FetchFailure(
                .protocolError, "\(server) did not answer as a git server does, or broke off: \(detail)")
        case .badRequest, .cancelled, .busy, .closed, .other:
            return FetchFailure(.local, "could not ask \(server): \(place.redacted(error.message))")
        }
    }

    /// More bytes of references than those allowed can have.
    var tooManyReferences: FetchFailure {
        FetchFailure(
            .tooLarge,
            "\(server) was given up: it advertises more than \(SizeText.text(advertisementBytes)) of references: raise source.limits.max_references (\(references)) if it has that many"
        )
    }

    /// An answer to the first request that is no advertisement of a git server: what it is instead.
    func wrongContent(_ type: String?) -> FetchFailure {
        let kind = type?.lowercased() ?? ""
        let guess =
            if kind.hasPrefix("text/html") {
                "a web page (a login page, perhaps): check source.url and the credentials"
            } else if kind.hasPrefix("text/plain") || kind.isEmpty {
                "the old \"dumb\" protocol or a plain file: serve it with git http-backend, or check source.url"
            } else {
                "content of type \(Self.printable(kind, 60)): check source.url"
            }
        return FetchFailure(.protocolError, "\(answerer) did not answer as a git server does but sent \(guess)")
    }

    /// The server for messages, with what led to it.
    var server: String {
        place.place + (redirectedFrom.map { " (redirected from \(SourceURL($0).shown))" } ?? "")
    }

    private var unauthorised: FetchFailure {
        let message =
            switch credentials {
            case .none where isWithheld:
                "\(server) asks for credentials, and those of source.url are not sent to another host: set source.url to \(place.shown)"
            case .none: "\(server) asks for credentials: set basic_auth or authorization"
            case .basic(let username, _):
                "\(server) refused the password for user \(username): check \(secretOrigin ?? "password")"
            case .authorization(let type, _):
                "\(server) refused the \(type) token: check \(secretOrigin ?? "credentials")"
            }
        return FetchFailure(.authentication, message)
    }

    private var identity: String {
        switch credentials {
        case .none: "source.url, or set basic_auth or authorization"
        case .basic(let username, _): "user \(username) (\(secretOrigin ?? "password"))"
        case .authorization(let type, _): "the \(type) token (\(secretOrigin ?? "credentials"))"
        }
    }

    /// Who answered, as far as it can be known: a proxy passes requests for `http` on, and may answer in the server's place.
    private var answerer: String { isProxiedInClear ? "\(server), or \(proxyName) before it," : server }

    private var isProxiedInClear: Bool {
        guard let url = URLText(url, schemes: ["http"]) else { return false }
        guard let proxyURL else { return EnvironmentProxy.mayServe(url.host) }
        return URLText(proxyURL) != nil
    }

    private var proxyName: String {
        proxyURL.map { "the proxy \(SourceURL($0).shown)" } ?? "the proxy of the environment"
    }

    /// libcurl names whom it asked, which may be a proxy; how many milliseconds it took is noise.
    private func refused(_ detail: String) -> String {
        guard let end = detail.firstRange(of: " after ") else { return "" }
        return " (\(detail[..<end.lowerBound]))"
    }

    private func certificate(_ detail: String) -> FetchFailure {
        let text = detail.lowercased()
        func has(_ words: String) -> Bool { text.firstRange(of: words) != nil }
        if has("alert"), has("certificate") || has("handshake failure") || has("unknown ca") {
            return clientCertificate(": \(detail)")
        }
        guard let advice = Self.advice(text, name: "correct source.url, or set tls_config.server_name") else {
            return FetchFailure(.certificate, "TLS with \(server) failed: check tls_config (\(detail))")
        }
        return FetchFailure(.certificate, "the certificate of \(server) \(advice) (\(detail))")
    }

    private func proxyCertificate(_ detail: String) -> FetchFailure {
        let text = detail.lowercased()
        if text.firstRange(of: "alert") != nil, text.firstRange(of: "certificate") != nil {
            return FetchFailure(
                .certificate,
                "\(proxyName) refused us: client certificates are not shown to proxies, let it ask for user and password (\(detail))"
            )
        }
        guard let advice = Self.advice(text, name: "correct source.proxy_url") else {
            return FetchFailure(
                .certificate,
                "TLS with \(proxyName) failed: check source.proxy_url, and whether it speaks TLS (\(detail))")
        }
        return FetchFailure(.certificate, "the certificate of \(proxyName) \(advice) (\(detail))")
    }

    /// What is wrong with a certificate, and what to do; nil where the words are of something else.
    /// - Parameters:
    ///   - text: libcurl's words, in lower case.
    ///   - name: what to do where it is for another name.
    private static func advice(_ text: String, name: String) -> String? {
        func has(_ words: String) -> Bool { text.firstRange(of: words) != nil }
        if has("does not match") || has("no alternative certificate subject name") || has("unable to obtain common") {
            return "is for another name: \(name)"
        }
        if has("has expired") { return "has expired: renew it on the server" }
        if has("not yet valid") { return "is not valid yet: check the clocks of both machines" }
        if has("self") || has("local issuer") || has("verify the first certificate") || has("unknown ca") {
            return "is not trusted: set tls_config.ca_file to the authority that signed it"
        }
        return nil
    }

    private var clientCertificate: FetchFailure { clientCertificate("") }

    private func clientCertificate(_ detail: String) -> FetchFailure {
        FetchFailure(
            .certificate,
            certFile == nil
                ? "\(server) asks for a client certificate: set tls_config.cert_file and key_file\(detail)"
                : "\(server) refused the client certificate \(certFile ?? ""): check that its authority is known there\(detail)"
        )
    }

    /// nginx lets the handshake succeed and says so in a page.
    private func isCertificatePage(_ body: [UInt8]) -> Bool {
        String(decoding: body, as: UTF8.self).lowercased().firstRange(of: "ssl certificate") != nil
    }

    /// The first line of a plain text; GitHub, GitLab and others explain themselves there. Never our secret come back.
    private func words(_ headers: Headers, _ body: [UInt8]) -> String {
        guard headers["Content-Type"]?.lowercased().hasPrefix("text/plain") == true else { return "" }
        let text = String(decoding: body, as: UTF8.self)
        let line = Self.printable(String(text.prefix { !$0.isNewline }), 200)
        guard !line.isEmpty, !secrets.contains(where: { line.firstRange(of: $0) != nil }) else { return "" }
        return ": \"\(line)\""
    }

    private var secrets: [String] {
        switch credentials {
        case .none: []
        case .basic(_, let password): [password]
        case .authorization(_, let credentials): [credentials]
        }
    }

    private static func printable(_ text: String, _ limit: Int) -> String {
        let scalars = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }
        return String(String.UnicodeScalarView(scalars).prefix(limit))
    }
}
