/// A short text that differs when what was added differs: FNV-1a, 64 bits. Tells change, protects against nothing.
struct Fingerprint {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ texts: String...) {
        for text in texts {
            for byte in text.utf8 { add(byte) }
            add(0xff)
        }
    }

    private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

    var text: String { String(state, radix: 16) }
}
