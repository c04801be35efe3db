import StokerCore

/// Blobs in memory, by their git ids.
public final class DictionaryBlobs: Blobs {
    private var known: [BlobID: [UInt8]] = [:]

    /// Knows nothing at first.
    public init() {}

    /// Adds bytes and returns their id.
    @discardableResult
    public func add(_ text: String) -> BlobID {
        let bytes = Array(text.utf8)
        let id = BlobID(SimulatedDigest.gitBlobID(of: bytes))
        known[id] = bytes
        return id
    }

    /// The bytes added before.
    public func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8] {
        guard let bytes = known[blob] else { throw BlobUnavailable(blob: blob, message: "blob \(blob) is not there") }
        if bytes.count > limit {
            throw BlobUnavailable(blob: blob, message: "blob \(blob) is larger than \(limit) bytes")
        }
        return bytes
    }
}
