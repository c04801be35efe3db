/// Where bytes of a blob come from: git's object database, or copies kept for a rollback. Throws where they are gone.
public protocol Blobs: AnyObject {
    /// All bytes of the blob; an error where it is larger than `limit`.
    func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8]
}

/// A blob that cannot be had.
public struct BlobUnavailable: Error, Hashable, Sendable {
    public let blob: BlobID
    public let message: String
    public init(blob: BlobID, message: String) {
        self.blob = blob
        self.message = message
    }
}
