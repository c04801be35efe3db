import HTTP

/// The HTTP client of the program, made once by the composition root, which does not import the boundary.
public struct HTTPAccessor: Sendable {
    let client: HTTPClient

    /// - Parameter userAgent: such as `stoker/1.0`.
    public init(userAgent: String) { client = HTTPClient(userAgent: userAgent) }

    /// Ends what runs and waits.
    public func close() { client.close() }
}
