import HTTP
import StokerCore

/// One look over http: the advertisement where the server speaks protocol 0, and `ls-refs` where it speaks protocol 2.
///
/// What was learnt about a server is remembered, so that the next look is one request, and one whose answer does not grow
/// with the repository. Where that no longer works (the server was replaced, or begins to redirect) the look begins from
/// the front, once. One that redirects is asked from the front each time: it may lead to another place at any time.
struct HTTPLook: Sendable {
    /// What is remembered about a server of protocol 2.
    struct Server: Hashable, Sendable {
        let capabilities: ServerCapabilities
    }

    /// Why a request brought nothing.
    private struct Trouble: Error {
        let failure: FetchFailure
        /// Whether it may be due to what is remembered, as opposed to the server's state.
        let mayBeOurs: Bool
    }

    private static let requestType = "application/x-git-upload-pack-request"
    private static let resultType = "application/x-git-upload-pack-result"
    private static let advertisementType = "application/x-git-upload-pack-advertisement"

    /// One word, as the protocol wants it.
    private static let agent = "stoker/\(StokerVersion.text)"

    let client: HTTPClient
    let access: HTTPSourceAccess
    let question: RefQuestion
    private let start = ContinuousClock.now

    init(client: HTTPClient, access: HTTPSourceAccess, question: RefQuestion) {
        self.client = client
        self.access = access
        self.question = question
    }

    /// Looks, within the access' own limit of time.
    /// - Returns: where the refs are, and what to remember.
    func run(_ remembered: Server?) async -> (Result<RefsSeen, FetchFailure>, Server?) {
        if let remembered {
            do throws(Trouble) {
                return (.success(try await list(access, remembered.capabilities)), remembered)
            } catch {
                guard error.mayBeOurs else { return (.failure(error.failure), remembered) }
            }
        }
        do throws(Trouble) {
            let (seen, server) = try await begin()
            return (.success(seen), server)
        } catch {
            return (.failure(error.failure), nil)
        }
    }

    /// The first request, through redirects.
    private func begin() async throws(Trouble) -> (RefsSeen, Server?) {
        var access = access
        var redirects = 0
        while true {
            var request = access.request(HTTPSourceAccess.advertisementPath)
            request.headers.add("Git-Protocol", "version=2")
            let response = try await send(request, access)
            if (300..<400).contains(response.status), redirects < HTTPSourceAccess.mostRedirects {
                redirects += 1
                access = try redirected(access, to: response.headers["Location"])
                continue
            }
            try check(response, Self.advertisementType, access)
            var reader = PktLineReader(response.body)
            switch try reading({ () throws(AdvertisementProblem) in
                try Advertisement(&reader, question: question, limit: access.references)
            }) {
            case .references(let seen): return (seen, nil)
            case .capabilities(let capabilities):
                let server = redirects == 0 ? Server(capabilities: capabilities) : nil
                return (try await list(access, capabilities), server)
            }
        }
    }

    private func list(_ access: HTTPSourceAccess, _ capabilities: ServerCapabilities) async throws(Trouble) -> RefsSeen
    {
        var seen = try await list(access, capabilities, question)
        if seen.maybeEmpty(question) {
            seen.hasBranches = try await list(access, capabilities, .anyBranch).hasBranches
        }
        return seen
    }

    private func list(
        _ access: HTTPSourceAccess, _ capabilities: ServerCapabilities, _ question: RefQuestion
    ) async throws(Trouble) -> RefsSeen {
        let command = ListRequest(question: question)
        var request = access.request("git-upload-pack", method: "POST")
        request.headers.add("Git-Protocol", "version=2")
        request.headers.add("Content-Type", Self.requestType)
        request.headers.add("Accept", Self.resultType)
        request.body = command.bytes(capabilities, agent: Self.agent)
        let response = try await send(request, access)
        try check(response, Self.resultType, access)
        var reader = PktLineReader(response.body)
        return try reading { () throws(AdvertisementProblem) in
            try command.answer(&reader, limit: access.references)
        }
    }

    private func send(_ request: Request, _ access: HTTPSourceAccess) async throws(Trouble) -> Response {
        var request = request
        request.timeout = max(.milliseconds(1), access.timeout - (ContinuousClock.now - start))
        do throws(HTTPError) {
            return try await client.send(request)
        } catch {
            switch error.kind {
            case .cancelled, .closed:
                throw Trouble(
                    failure: FetchFailure(.cancelled, "the look at \(access.place.shown) was cancelled"),
                    mayBeOurs: false)
            case .tooLarge: throw Trouble(failure: access.tooManyReferences, mayBeOurs: false)
            // A kept connection that the server closed in this moment.
            case .send, .receive: throw Trouble(failure: access.failure(error), mayBeOurs: true)
            case _: throw Trouble(failure: access.failure(error), mayBeOurs: false)
            }
        }
    }

    private func check(_ response: Response, _ type: String, _ access: HTTPSourceAccess) throws(Trouble) {
        guard response.isSuccess else {
            let failure = access.failure(status: response.status, headers: response.headers, body: response.body)
            let isState = [401, 403, 407, 429].contains(response.status) || response.status >= 500
            throw Trouble(failure: failure, mayBeOurs: !isState)
        }
        let given = response.headers["Content-Type"]
        guard given?.lowercased().hasPrefix(type) == true else {
            throw Trouble(failure: access.wrongContent(given), mayBeOurs: true)
        }
    }

    private func reading<Value>(_ body: () throws(AdvertisementProblem) -> Value) throws(Trouble) -> Value {
        do throws(AdvertisementProblem) { return try body() } catch {
            throw Trouble(failure: error.failure(access.place), mayBeOurs: true)
        }
    }

    private func redirected(_ access: HTTPSourceAccess, to location: String?) throws(Trouble) -> HTTPSourceAccess {
        do throws(FetchFailure) { return try access.redirected(to: location) } catch {
            throw Trouble(failure: error, mayBeOurs: true)
        }
    }
}
