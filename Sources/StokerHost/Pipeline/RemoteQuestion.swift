import FoundationEssentials
import HTTP
import StokerCore

/// One question to the Stoker that runs an environment: where does it stand? No answer is trusted to be short, quick or
/// well-formed, and none without a doubt counts.
struct RemoteQuestion: Sendable {
    /// What became of it.
    enum Answer: Sendable {
        case standing(UpstreamStanding)
        /// Why there is none, and the way out: in words that stay the same while nothing changes.
        case trouble(String)
        /// Nobody waits for it any more.
        case calledOff
    }

    /// A standing with all that is ever kept has a few hundred kilobytes.
    static let limitBytes = 1 << 20

    let name: EnvironmentName
    let remote: RemoteEnvironment
    let http: HTTPClient

    func ask() async -> Answer {
        var request = Request(
            url: "\(remote.url)/api/v1/environments/\(name)", timeout: remote.timeout, connectTimeout: remote.timeout,
            maxResponseBytes: Self.limitBytes)
        request.headers.add("Accept", "application/json")
        do throws(PrometheusError) {
            try AccessReader.apply(remote.http, to: &request)
        } catch {
            return .trouble(error.message)
        }
        do throws(HTTPError) {
            return read(try await http.send(request))
        } catch {
            return answer(to: error)
        }
    }

    private var address: String { redactedURL(remote.url) }

    // MARK: Answers

    private struct Envelope: Decodable {
        let status: String
        let errorType: String?
        let error: String?
    }

    private struct Success: Decodable {
        struct Environment: Decodable {
            let name: String
            let standing: StandingJSON
        }
        let data: Environment
    }

    private func read(_ response: Response) -> Answer {
        let envelope: Envelope?
        do {
            envelope = try JSONDecoder().decode(Envelope.self, from: Data(response.body))
        } catch {
            envelope = nil
        }
        guard response.status == 200 else { return .trouble(refusal(response.status, envelope)) }
        guard let envelope, envelope.status == "success" else {
            return .trouble("\(address) does not answer as Stoker does: check url of remote")
        }
        do {
            let found = try JSONDecoder().decode(Success.self, from: Data(response.body)).data
            guard found.name == name.rawValue else {
                return .trouble(
                    "\(address) answers about another environment, \(RemoteText.line(found.name)): check url of remote")
            }
            if let standing = found.standing.standing(of: name) { return .standing(standing) }
        } catch {
            // Said below, whatever it is that we do not understand.
        }
        return .trouble("\(address) answers as another version of Stoker: run one version on both hosts")
    }

    private func refusal(_ status: Int, _ envelope: Envelope?) -> String {
        switch status {
        case 300..<400:
            "\(address) answers \(status), and redirects are not followed: give the final address as url of remote"
        case 401: "\(address) answers 401: check basic_auth or authorization of remote"
        case 403: "\(address) answers 403: these credentials of remote may not ask this"
        case 404 where envelope?.errorType == "not_found":
            "the Stoker at \(address) does not run \(name): check url of remote, and which environments run there"
        case 404: "\(address) answers 404: check that url of remote leads to a Stoker, with its path prefix"
        case 503 where envelope?.errorType == "unavailable":
            "the Stoker at \(address) cannot say: \(RemoteText.line(envelope?.error ?? "no reason given"))"
        default: "\(address) answers \(status): see the log of what listens there"
        }
    }

    // MARK: No answer

    private func answer(to error: HTTPError) -> Answer {
        switch error.kind {
        case .cancelled, .closed: .calledOff
        case .resolve: .trouble("the name in \(address) cannot be resolved: check url of remote, and the name server")
        case .connectionRefused:
            .trouble("\(address) refuses connections: check that Stoker runs there with this --web.listen-address")
        case .connect: .trouble("there is no connection to \(address): check url of remote, the route and the proxy")
        case .proxy(let status): .trouble("the proxy on the way to \(address) answers \(status): check proxy_url")
        case .tls(let detail):
            .trouble("TLS with \(address) failed (\(detail)): check tls_config of remote and the server's certificate")
        case .proxyTLS(let detail):
            .trouble("TLS with the proxy on the way to \(address) failed (\(detail)): check proxy_url and tls_config")
        case .timeout, .idle:
            .trouble(
                "\(address) gave no whole answer within \(remote.timeout.prometheusText): check its load, or raise "
                    + "timeout of remote")
        case .tooLarge: .trouble("the answer of \(address) is larger than 1 MB: check url of remote")
        case .send, .receive: .trouble("\(address) gave no whole HTTP answer: check what listens there")
        case .redirect: .trouble("\(address) redirects, which is not followed: give the final address as url of remote")
        case .badRequest, .busy, .other: .trouble(error.message)
        }
    }
}
