import HTTP
import StokerCore
import Testing

@testable import StokerHost

/// What answers mean, without a network.
@Suite struct AccessTests {
    private func access(
        _ url: String = "https://git.example.com/ops/x.git/", http: HTTPAccess = HTTPAccess()
    ) async throws -> HTTPSourceAccess {
        let configuration = SourceConfiguration(
            url: url, ref: .branch("main"), timeout: .seconds(60), http: http, onRewrite: .hold)
        guard case .http(let access) = try await SourceAccess.resolve(configuration, tokens: TokenMemory()) else {
            throw FetchFailure(.local, "no http access")
        }
        return access
    }

    private static let basic = HTTPAccess(
        basicAuth: HTTPAccess.BasicAuth(username: "stoker", password: .inline("hunter2")))

    @Test func requestsGoBelowTheRepository() async throws {
        let access = try await access(http: Self.basic)
        let request = access.request(HTTPSourceAccess.advertisementPath)
        #expect(request.url == "https://git.example.com/ops/x.git/info/refs?service=git-upload-pack")
        #expect(request.auth == .basic(user: "stoker", password: Secret("hunter2")))
        #expect(request.headers["User-Agent"] == "git/2.0 (stoker \(StokerVersion.text))")
        #expect(!request.followRedirects)
        #expect(request.proxyFromEnvironment)
    }

    @Test func secretsDoNotPrint() async throws {
        let access = try await access(http: Self.basic)
        for value in [access, SourceAccess.http(access), [access.credentials: 1], access.request("x")] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            // An enum of secrets alone is never printed by itself; what holds it is.
            guard !(value is [HTTPSourceAccess.Credentials: Int]) else { continue }
            #expect(!"\(value) \(String(reflecting: value)) \(dumped)".contains("hunter2"))
        }
    }

    @Test(arguments: [
        (401, [:], FetchFailure.Kind.authentication, "refused the password for user stoker: check password", Int?.none),
        (403, [:], .authentication, "forbids access (403): check the rights of user stoker", nil),
        (
            403, ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "90"], .unavailable,
            "limits how often it may be asked", 90
        ),
        (404, [:], .notFound, "has no such repository (404): check source.url", nil),
        (407, [:], .authentication, "the proxy of the environment asks for credentials", nil),
        (429, ["Retry-After": "120"], .unavailable, "limits how often it may be asked (429)", 120),
        (429, [:], .unavailable, "limits how often it may be asked (429)", nil),
        (500, [:], .unavailable, "fails (500): its log says why", nil),
        (503, ["Retry-After": "7"], .unavailable, "fails (503)", 7),
        (
            503, ["Retry-After": "Sun, 06 Nov 1994 08:51:07 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"],
            .unavailable,
            "fails (503)", 90
        ),
        (200, [:], .protocolError, "did not answer as a git server does (200)", nil),
        (308, ["Location": "/else"], .protocolError, "redirect to https://git.example.com/else", nil),
    ])
    func statusesMean(
        _ status: Int, _ fields: [String: String], _ kind: FetchFailure.Kind, _ words: String, _ wait: Int?
    ) async throws {
        var headers = Headers()
        for (name, value) in fields { headers.add(name, value) }
        let failure = try await access(http: Self.basic).failure(status: status, headers: headers)
        #expect(failure.kind == kind)
        #expect(failure.message.contains(words), "\(failure)")
        #expect(failure.retryAfterSeconds == wait)
    }

    @Test func theServersOwnWordsAreShownButNeverOurSecret() async throws {
        let access = try await access(http: Self.basic)
        let headers: Headers = ["Content-Type": "text/plain; charset=utf-8"]
        let said = access.failure(
            status: 403, headers: headers, body: Array("Your account is\u{1b} suspended.\nBye".utf8))
        #expect(said.message.contains("forbids access (403): \"Your account is suspended.\": check"))
        let echo = access.failure(status: 403, headers: headers, body: Array("no hunter2 here".utf8))
        #expect(!echo.message.contains("hunter2"))
        let page = access.failure(status: 403, headers: ["Content-Type": "text/html"], body: Array("<h1>No".utf8))
        #expect(!page.message.contains("h1"))
    }

    @Test(arguments: [
        ("0", 0), ("-5", 0), ("3600", 3600), ("999999999", 86_400), ("Thu, 01 Jan 1970 00:00:10 GMT", 10),
        ("Thu, 01 Jan 1970 25:00:10 GMT", nil), ("soon", nil), ("", nil),
    ])
    func waitsAreBounded(_ text: String, _ seconds: Int?) {
        #expect(RetryAfter.seconds(["Retry-After": text], now: WallTime(milliseconds: 0)) == seconds)
    }

    @Test func datesAreCounted() {
        #expect(RetryAfter.httpDate("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(RetryAfter.httpDate("Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
    }

    @Test func anotherHostGetsNothingOfOurs() async throws {
        var configured = Self.basic
        configured.tls = HTTPAccess.TLS(
            caFile: "/dev/null", certFile: "/dev/null", keyFile: "/dev/null", serverName: "git")
        let access = try await access(http: configured)
        let tail = HTTPSourceAccess.advertisementPath
        let same = try access.redirected(to: "/moved/x.git/\(tail)")
        #expect(same.url == "https://git.example.com/moved/x.git")
        #expect(same.credentials == access.credentials)
        #expect(same.certFile == "/dev/null")
        for place in ["https://other.example.com/x.git", "https://git.example.com:8443/x.git"] {
            let other = try access.redirected(to: "\(place)/\(tail)")
            #expect(other.url == place)
            #expect(other.credentials == .none)
            #expect(other.certFile == nil && other.keyFile == nil && other.serverName == nil)
            #expect(other.caFile == "/dev/null")
            #expect(other.isWithheld)
            // And back: what was left behind stays so.
            #expect(try other.redirected(to: "https://git.example.com/ops/x.git/\(tail)").credentials == .none)
        }
    }

    @Test(arguments: [
        ("SSL: no alternative certificate subject name matches target host name 'x'", "is for another name"),
        ("SSL certificate problem: certificate has expired", "has expired"),
        ("SSL certificate problem: unable to get local issuer certificate", "is not trusted: set tls_config.ca_file"),
        ("SSL certificate problem: self-signed certificate in certificate chain", "is not trusted"),
        ("error:0A00045C:SSL routines::tlsv13 alert certificate required", "asks for a client certificate"),
        ("error:0A000126:SSL routines::unexpected eof while reading", "TLS with the git server"),
    ])
    func certificatesAreExplained(_ detail: String, _ words: String) async throws {
        let failure = try await access().failure(HTTPError(kind: .tls(detail: detail), message: "m", detail: detail))
        #expect(failure.kind == .certificate)
        #expect(failure.message.contains(words), "\(failure)")
    }

    @Test func limitsNameTheirOptions() async throws {
        let access = try await access()
        func message(_ kind: HTTPError.Kind, arrived: Bool = true) -> String {
            access.failure(HTTPError(kind: kind, message: "m", detail: "d", mayHaveArrived: arrived)).message
        }
        #expect(message(.timeout, arrived: false).contains("within 10s (source.limits.connect_timeout)"))
        #expect(message(.timeout).contains("within 1m (source.timeout)"))
        #expect(message(.idle).contains("silent for 30s: raise source.limits.idle_timeout"))
        #expect(message(.tooLarge(limitBytes: 1)).contains("more than 2GB: raise source.limits.max_received"))
        #expect(message(.tooLarge(limitBytes: access.advertisementBytes)).contains("source.limits.max_references"))
    }
}
