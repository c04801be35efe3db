/// Rings of public keys as `gpg --export` writes them.
enum OpenPGPKeyring {
    /// The ring in the form that gpgv reads; nil where the bytes are none. gpgv does not read armour.
    static func binary(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "-") else { return isRing(bytes) ? bytes : nil }
        guard let blocks = Armour.blocks(bytes, kind: "PGP PUBLIC KEY BLOCK"), blocks.allSatisfy(isRing) else {
            return nil
        }
        return Array(blocks.joined())
    }

    private static func isRing(_ bytes: [UInt8]) -> Bool {
        // A keybox, gpg's own `pubring.kbx`, has its magic after a length, a kind and flags.
        if bytes.count > 12, bytes[8..<12].elementsEqual("KBXf".utf8) { return true }
        guard let head = bytes.first, head & 0x80 != 0 else { return false }
        let kind = head & 0x40 != 0 ? head & 0x3f : (head >> 2) & 0x0f
        return kind == OpenPGPPackets.publicKey
    }
}
