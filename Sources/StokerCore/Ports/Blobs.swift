/// Where bytes of a blob come from: git's object database, or copies kept for a rollback. Throws where they are gone.
public protocol Blobs: AnyObject {
    /// All bytes of the blob; an error where it is larger than `limit`.
    func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8]
    /// The same where it is there, nil where not: asked for what may never have been there, so that its absence says
    /// nothing about the source.
    func peek(_ blob: BlobID, limit: Int) -> [UInt8]?
}

extension Blobs {
    /// For sources to which an absent blob is no sign of damage.
    public func peek(_ blob: BlobID, limit: Int) -> [UInt8]? {
        do throws(BlobUnavailable) { return try bytes(of: blob, limit: limit) } catch { return nil }
    }
}

/// A blob that cannot be had.
public struct BlobUnavailable: Error, Hashable, Sendable {
    /// Which one was asked for.
    public let blob: BlobID
    /// Why: gone, unreadable, larger than allowed, or no object id.
    public let message: String
    /// The answer of a source of blobs that cannot serve this one.
    public init(blob: BlobID, message: String) {
        self.blob = blob
        self.message = message
    }
}
