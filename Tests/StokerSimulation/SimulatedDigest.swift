import StokerCore

/// Git's blob ids in plain Swift, so that the simulation needs no library: SHA-1 as in FIPS 180-4.
public enum SimulatedDigest {
    /// Remembers the ids of small files: a simulation writes the same few texts again and again.
    final class Memory {
        private var known: [[UInt8]: BlobID] = [:]
        private let mostFiles = 1024
        private let largestFile = 1024

        func blobID(of bytes: [UInt8]) -> BlobID {
            if bytes.count > largestFile { return BlobID(SimulatedDigest.gitBlobID(of: bytes)) }
            if let id = known[bytes] { return id }
            let id = BlobID(SimulatedDigest.gitBlobID(of: bytes))
            if known.count >= mostFiles { known = [:] }
            known[bytes] = id
            return id
        }
    }

    /// 40 hexadecimal digits of `sha1("blob <count>\0" + bytes)`.
    public static func gitBlobID(of bytes: [UInt8]) -> String {
        var text = ""
        for word in sha1(Array("blob \(bytes.count)\0".utf8) + bytes) {
            let digits = String(word, radix: 16)
            text += String(repeating: "0", count: 8 - digits.utf8.count) + digits
        }
        return text
    }

    private static func sha1(_ bytes: [UInt8]) -> [UInt32] {
        var message = bytes + [0x80]
        while message.count % 64 != 56 { message.append(0) }
        let bits = UInt64(bytes.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) { message.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        var words = [UInt32](repeating: 0, count: 80)
        for start in stride(from: 0, to: message.count, by: 64) { mix(&state, message, start, &words) }
        return state
    }

    private static func mix(_ state: inout [UInt32], _ message: [UInt8], _ start: Int, _ words: inout [UInt32]) {
        for index in 0..<16 {
            let at = start + 4 * index
            words[index] =
                UInt32(message[at]) << 24 | UInt32(message[at + 1]) << 16 | UInt32(message[at + 2]) << 8
                | UInt32(message[at + 3])
        }
        for index in 16..<80 {
            words[index] = rotate(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (f, k): (UInt32, UInt32) =
                switch index / 20 {
                case 0: ((b & c) | (~b & d), 0x5a82_7999)
                case 1: (b ^ c ^ d, 0x6ed9_eba1)
                case 2: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            (a, b, c, d, e) = (rotate(a, 5) &+ f &+ e &+ k &+ words[index], a, rotate(b, 30), c, d)
        }
        for (index, value) in [a, b, c, d, e].enumerated() { state[index] &+= value }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { (word << count) | (word >> (32 - count)) }
}
