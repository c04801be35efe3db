import CCrypto

/// Proof that a message comes from somebody who knows a secret.
public enum Authenticity {
    /// The 32 bytes of HMAC-SHA-256 (RFC 2104) of a message. Any key length is allowed, none included.
    public static func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        var length: UInt32 = 0
        // An empty array may have no address, and HMAC takes a missing key for "the key of the call before".
        let keyOrZero = key.isEmpty ? [0] : key
        return [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            let code = HMAC(
                EVP_sha256(), keyOrZero, CInt(key.count), message, message.count, buffer.baseAddress, &length)
            precondition(code != nil, "libcrypto cannot compute HMAC-SHA-256")
            count = Int(length)
        }
    }

    /// Whether two byte strings are equal, in a time that does not tell where they differ. The lengths are no secret.
    public static func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
