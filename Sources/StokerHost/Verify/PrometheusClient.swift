import FoundationEssentials
import HTTP
import StokerCore

/// The HTTP API of one Prometheus or relative, as far as we ask it. Every answer has a limit of size and time.
public struct PrometheusClient: Sendable {
    /// Limits of the answers in bytes: 10,000 rules are 6 MB, 5,000 targets 2.5 MB.
    enum Limit {
        static let small = 1 << 20
        static let config = 64 << 20
        static let metrics = 64 << 20
        static let targets = 256 << 20
        static let rules = 256 << 20
    }

    /// The base URL as configured, without a trailing slash.
    public let url: String
    private let access: HTTPAccess
    let http: HTTPClient
    private let timeout: Duration
    /// What is known of the program.
    public let profile: KindProfile

    /// A client of one process.
    /// - Parameter timeout: the limit of one question; reloads have their own.
    public init(
        url: String, access: HTTPAccess, http: HTTPClient, timeout: Duration = .seconds(30),
        profile: KindProfile = .of(.prometheus)
    ) {
        self.profile = profile
        self.url = url
        self.access = access
        self.http = http
        self.timeout = timeout
    }

    /// The address for messages: nothing in it authenticates.
    public var address: String { redactedURL(url) }

    /// Sends and maps what prevents an answer; any status is an answer.
    func send(
        _ method: String = "GET", _ path: String, form: [(String, String)]? = nil, limit: Int,
        timeout: Duration? = nil, isFresh: Bool = false
    ) async throws(PrometheusError) -> Response {
        var request = Request(
            method: method, url: url + path, timeout: timeout ?? self.timeout, connectTimeout: .seconds(10),
            maxResponseBytes: limit)
        // The server ends the connection, so that the next question goes where a balancer sends it.
        if isFresh { request.headers.add("Connection", "close") }
        if let form {
            request.headers.add("Content-Type", "application/x-www-form-urlencoded")
            request.body = Array(FormText.encode(form).utf8)
        }
        try AccessReader.apply(access, to: &request)
        do {
            return try await http.send(request)
        } catch {
            throw Self.translate(error)
        }
    }

    /// Sends, insists on 200, and decodes `data` of the answer.
    func get<Value: Decodable>(
        _ type: Value.Type, _ path: String, limit: Int = Limit.small
    ) async throws(PrometheusError) -> Value {
        try decode(type, try await send("GET", path, limit: limit), path).value
    }

    /// `data` of an answer and its warnings.
    func decode<Value: Decodable>(
        _ type: Value.Type, _ response: Response, _ path: String
    ) throws(PrometheusError) -> (value: Value, warnings: [String]) {
        guard response.isSuccess else { throw refusal(response, path) }
        do {
            let answer = try JSONDecoder().decode(APIAnswer<Value>.self, from: Data(response.body))
            guard answer.status == "success", let data = answer.data else {
                throw PrometheusError(.rejected, "\(address)\(path): \(answer.error ?? "no success")")
            }
            return (data, answer.warnings ?? [])
        } catch let error as PrometheusError {
            throw error
        } catch {
            throw PrometheusError(
                .malformed, "\(address)\(path) does not answer as \(profile.product) does; check that url points to it")
        }
    }

    /// What a status other than 2xx means.
    func refusal(_ response: Response, _ path: String) -> PrometheusError {
        let place = "\(address)\(path)"
        switch response.status {
        case 401:
            return PrometheusError(
                .refused(401), "\(place) answers 401: check basic_auth or authorization of the target")
        case 403:
            return PrometheusError(.refused(403), "\(place) answers 403: these credentials may not ask this")
        case 404:
            return PrometheusError(
                .refused(404),
                "\(place) answers 404: check the path in url against --web.route-prefix and --web.external-url")
        case 400, 422:
            return PrometheusError(.rejected, "\(place): \(Self.errorText(response.body))")
        case 503:
            return PrometheusError(.starting, "\(place) answers 503: \(Excerpt.of(response.body))")
        default:
            return PrometheusError(
                .refused(response.status),
                "\(place) answers \(response.status): \(Excerpt.of(response.body)); see the log of the process")
        }
    }

    /// The `error` of an API answer, else the beginning of whatever came.
    private static func errorText(_ body: [UInt8]) -> String {
        do {
            return try JSONDecoder().decode(APIAnswer<String>.self, from: Data(body)).error ?? Excerpt.of(body)
        } catch {
            return Excerpt.of(body)
        }
    }

    private static func translate(_ error: HTTPError) -> PrometheusError {
        switch error.kind {
        case .badRequest, .resolve, .connectionRefused, .connect, .proxy, .tls, .proxyTLS, .redirect, .other:
            PrometheusError(.unreachable, error.message)
        case .timeout where !error.mayHaveArrived, .busy, .closed:
            PrometheusError(.unreachable, error.message)
        case .timeout, .idle, .send, .receive, .cancelled:
            PrometheusError(.lost, error.message)
        case .tooLarge:
            PrometheusError(.malformed, error.message)
        }
    }
}

/// The envelope of every API answer.
struct APIAnswer<Value: Decodable>: Decodable {
    let status: String
    let data: Value?
    let error: String?
    let warnings: [String]?
}
