/// A whole answer. Whatever its status, it is no error.
public struct Response: Sendable {
    /// The status code, 200 to 599.
    public let status: Int
    /// The header fields of this answer alone, not of redirects before it.
    public let headers: Headers
    /// The whole body: as sent, unless the request accepted gzip.
    public let body: [UInt8]

    /// An answer, for tests of what reads it too.
    public init(status: Int, headers: Headers = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether the status is 2xx.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The body as text; bytes that are no UTF-8 become replacement characters.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
