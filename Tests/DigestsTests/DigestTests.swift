import Digests
import Testing

/// Vectors of FIPS 180-4 and of git itself (`git hash-object`).
@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func sha256(text: String, expected: String) {
        #expect(Digest.sha256Hex(text.utf8) == expected)
        #expect(Digest.hex(Digest.sha256(Array(text.utf8))) == expected)
    }

    @Test func sha256OfAMillionBytesFedInUnevenPieces() {
        var digest = StreamingDigest(.sha256)
        var left = 1_000_000
        while left > 0 {
            let count = min(left, 7919)
            digest.update([UInt8](repeating: UInt8(ascii: "a"), count: count))
            left -= count
        }
        #expect(
            Digest.hex(digest.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func sha1() {
        #expect(Digest.hex(Digest.sha1("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test func everyKindOfSequenceIsReadWhole() {
        let bytes: [UInt8] = Array(0...255)
        let expected = Digest.sha256(bytes)
        #expect(Digest.sha256(bytes[0...]) == expected)
        #expect(Digest.sha256((0...255).lazy.map { UInt8($0) }) == expected)
        #expect(bytes.withUnsafeBytes { Digest.sha256($0) } == expected)
    }

    @Test(arguments: [
        ("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        ("hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
    ])
    func gitBlobID(text: String, expected: String) {
        #expect(Digest.gitBlobID(of: Array(text.utf8)) == expected)
        var hasher = BlobHasher(length: text.utf8.count)
        for byte in text.utf8 {
            hasher.update([byte])
        }
        #expect(hasher.finish() == expected)
    }

    @Test(arguments: [3, 9])
    func aFileThatChangedWhileItWasReadHasNoBlobID(announced: Int) {
        var hasher = BlobHasher(length: announced)
        hasher.update("hello\n".utf8)
        #expect(hasher.finish() == nil)
    }
}
