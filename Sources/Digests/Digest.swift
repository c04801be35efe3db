import CCrypto

// Digests over the distribution's libcrypto: content identities, git's blob ids, and the signatures of hooks.
//
// Nothing here can fail in a way a caller could act on: the only causes are exhausted memory and a libcrypto without
// SHA-1 or SHA-256, so those trap instead of spreading a `throws` over the whole program. The owner of the C context is
// `~Copyable`, so it is freed exactly once. Bytes are taken as any sequence of `UInt8`; contiguous ones (arrays, slices,
// raw buffers, `String.utf8`) are hashed in place, without a copy.

/// One-shot digests of bytes in memory. For files of any size see ``StreamingDigest`` and ``BlobHasher``.
public enum Digest {
    /// The 32 bytes of SHA-256 (FIPS 180-4).
    public static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        digest(bytes, .sha256)
    }

    /// SHA-256 as 64 lower-case hexadecimal digits.
    public static func sha256Hex(_ bytes: some Sequence<UInt8>) -> String {
        hex(sha256(bytes))
    }

    /// The 20 bytes of SHA-1. Only for git's object names; it protects against nothing.
    public static func sha1(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        digest(bytes, .sha1)
    }

    /// The 16 bytes of MD5. Only to compare with what a program shows; it protects against nothing.
    public static func md5(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        digest(bytes, .md5)
    }

    /// The name git gives to a blob of these bytes: SHA-1 of `blob <length>\0` and the bytes, 40 lower-case digits.
    public static func gitBlobID(of bytes: [UInt8]) -> String {
        var digest = StreamingDigest(.sha1)
        digest.update("blob \(bytes.count)\0".utf8)
        digest.update(bytes)
        return hex(digest.finish())
    }

    /// Two lower-case hexadecimal digits for each byte.
    public static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func digest(_ bytes: some Sequence<UInt8>, _ algorithm: StreamingDigest.Algorithm) -> [UInt8] {
        var digest = StreamingDigest(algorithm)
        digest.update(bytes)
        return digest.finish()
    }
}
