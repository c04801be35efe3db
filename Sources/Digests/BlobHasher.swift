/// Git's blob id of a file that is read piece by piece. Git hashes the length first, so it must be known beforehand
/// (from `fstat`).
public struct BlobHasher: ~Copyable {
    private var digest: StreamingDigest
    private var missingBytes: Int

    /// A hasher for exactly `length` bytes.
    public init(length: Int) {
        digest = StreamingDigest(.sha1)
        missingBytes = length
        digest.update("blob \(length)\0".utf8)
    }

    /// Adds the next bytes of the file.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let counted: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if counted == nil {
            Array(bytes).withUnsafeBytes { update($0) }
        }
    }

    /// Adds the next bytes of the file, read in place.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        missingBytes -= bytes.count
        digest.update(bytes)
    }

    /// The 40 hexadecimal digits of the blob id, or nil when the bytes added were not as many as announced: the file
    /// changed while it was read, and an id of half of it would be mistaken for drift.
    public consuming func finish() -> String? {
        let isWhole = missingBytes == 0
        let bytes = digest.finish()
        return isWhole ? Digest.hex(bytes) : nil
    }
}
