import Hummingbird

/// What no route takes: another path, or another method than `GET`. The answer is an error like the API's own.
struct Unrouted: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return Self.answer(request)
        }
    }

    private static func answer(_ request: Request) -> Response {
        guard request.method != .get, isPath(request.uri.path) else {
            return failure(
                request, .notFound, "not_found",
                "there are /-/healthy, /-/ready, /api/v1/environments and /api/v1/environments/NAME")
        }
        var response = failure(request, .methodNotAllowed, "bad_data", "nothing is changed over HTTP: use GET")
        response.headers[.allow] = "GET"
        return response
    }

    /// An answer to `HEAD` has no body.
    private static func failure(
        _ request: Request, _ status: HTTPResponse.Status, _ type: String, _ message: String
    ) -> Response {
        request.method == .head ? Response(status: status) : API.failure(status, type, message)
    }

    /// Whether `GET` has an answer there.
    private static func isPath(_ path: String) -> Bool {
        switch path.split(separator: "/") {
        case ["-", "healthy"], ["-", "ready"], ["api", "v1", "environments"]: true
        case let parts: parts.count == 4 && parts.starts(with: ["api", "v1", "environments"])
        }
    }
}
