/// The beginning of an answer; its body follows.
public struct ResponseHead: Sendable {
    /// The status code.
    public let status: Int
    /// The header fields.
    public let headers: Headers
}
