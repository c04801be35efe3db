import CCrypto

/// A digest fed piece by piece, so that a file of any size is hashed through one small buffer.
public struct StreamingDigest: ~Copyable {
    /// The digests this program needs.
    public enum Algorithm: Sendable {
        /// What Alertmanager shows of its file. It protects against nothing.
        case md5
        /// Git's object names.
        case sha1
        /// Everything else.
        case sha256
    }

    private let context: OpaquePointer

    /// A digest of no bytes so far. Traps when libcrypto is out of memory or lacks the algorithm.
    public init(_ algorithm: Algorithm) {
        guard let context = EVP_MD_CTX_new() else {
            preconditionFailure("libcrypto has no memory for a digest")
        }
        let method =
            switch algorithm {
            case .md5: EVP_md5()
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            }
        precondition(EVP_DigestInit_ex(context, method, nil) == 1, "libcrypto cannot compute \(algorithm)")
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds bytes. Contiguous sequences are read in place, others are copied once.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { feed(UnsafeRawBufferPointer($0)) }
        if done == nil {
            Array(bytes).withUnsafeBytes { feed($0) }
        }
    }

    /// Adds the bytes of a buffer, read in place.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        feed(bytes)
    }

    /// Ends the digest: 16 bytes for MD5, 20 for SHA-1, 32 for SHA-256.
    public consuming func finish() -> [UInt8] {
        var length: UInt32 = 0
        let digest = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, &length) == 1, "libcrypto lost a digest")
            count = Int(length)
        }
        return digest
    }

    private func feed(_ bytes: UnsafeRawBufferPointer) {
        // An empty buffer may have no address at all; there is nothing to add.
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        precondition(EVP_DigestUpdate(context, start, bytes.count) == 1, "libcrypto refused bytes of a digest")
    }
}
