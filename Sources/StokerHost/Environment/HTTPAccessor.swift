import HTTP

/// The HTTP client of the program, made once by the composition root, which does not import the boundary.
public struct HTTPAccessor: Sendable {
    let client: HTTPClient

    /// - Parameters:
    ///   - userAgent: such as `stoker/1.0`.
    ///   - atOnce: how many requests run at once.
    public init(userAgent: String, atOnce: Int = 16) { client = HTTPClient(userAgent: userAgent, maxWorkers: atOnce) }

    /// Ends what runs and waits.
    public func close() { client.close() }
}
