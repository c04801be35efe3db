/// What a fetch may use, besides the time that `source.timeout` gives it.
public struct FetchLimits: Hashable, Sendable {
    /// Address space and data of the child, in bytes.
    public var memoryBytes: Int
    /// Bytes received in one fetch.
    public var receivedBytes: Int
    /// References on the server.
    public var references: Int

    /// Limits; by default 1 GiB of memory, 2 GiB received and 100,000 references.
    public init(memoryBytes: Int = 1 << 30, receivedBytes: Int = 2 << 30, references: Int = 100_000) {
        self.memoryBytes = memoryBytes
        self.receivedBytes = receivedBytes
        self.references = references
    }
}
