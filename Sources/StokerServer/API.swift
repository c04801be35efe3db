import FoundationEssentials
import Hummingbird

extension WebServer {
    /// What there is to say to a question of the API.
    public enum Answer: Sendable {
        /// `data` of a success.
        case data(any Encodable & Sendable)
        /// There is no such thing here.
        case notFound(String)
        /// It cannot be said now.
        case unavailable(String)
    }
}

/// `/api/v1`: the envelope is Prometheus' own, `data` is what the commands print with `-o json`.
struct API {
    let questions: WebServer.Questions

    func add(to router: Router<BasicRequestContext>) {
        let questions = questions
        let routes = router.group("api/v1")
        routes.get("environments") { _, _ in Self.response(await questions.environments()) }
        routes.get("environments/:name") { _, context in
            let name = context.parameters.get("name") ?? ""
            guard Self.isName(name) else {
                return Self.failure(
                    .badRequest, "bad_data", "an environment has a name of at most 63 letters, digits, -, _ and .")
            }
            return Self.response(await questions.environment(name))
        }
    }

    /// What stoker.yml admits; anything else is not even looked for, or repeated.
    private static func isName(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    private struct Success<Value: Encodable>: Encodable {
        let status = "success"
        let data: Value
    }

    private struct Failure: Encodable {
        let status = "error"
        let errorType: String
        let error: String
    }

    private static func response(_ answer: WebServer.Answer) -> Response {
        switch answer {
        case .data(let data): success(data)
        case .notFound(let message): failure(.notFound, "not_found", message)
        case .unavailable(let message): failure(.serviceUnavailable, "unavailable", message)
        }
    }

    private static func success(_ data: some Encodable) -> Response {
        do {
            return try json(Success(data: data), .ok)
        } catch {
            return failure(.serviceUnavailable, "unavailable", "the answer cannot be written as JSON: \(error)")
        }
    }

    static func failure(_ status: HTTPResponse.Status, _ type: String, _ message: String) -> Response {
        do {
            return try json(Failure(errorType: type, error: message), status)
        } catch {
            // Two texts are always JSON; without a body the status says enough.
            return Response(status: status)
        }
    }

    private static func json(_ value: some Encodable, _ status: HTTPResponse.Status) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }
}
