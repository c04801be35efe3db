/// The outermost structure of OpenPGP data (RFC 4880, section 4.2): which packets follow each other.
enum OpenPGPPackets {
    /// A detached signature is one packet of this kind.
    static let signature: UInt8 = 2
    /// What a ring of public keys begins with.
    static let publicKey: UInt8 = 6

    /// The kinds of all packets; nil where the bytes are no packets, or one has no definite length.
    static func kinds(_ bytes: [UInt8], limit: Int = 1000) -> [UInt8]? {
        var kinds: [UInt8] = []
        var rest = bytes[...]
        while let head = rest.first {
            guard head & 0x80 != 0, kinds.count < limit else { return nil }
            rest = rest.dropFirst()
            let isNew = head & 0x40 != 0
            kinds.append(isNew ? head & 0x3f : (head >> 2) & 0x0f)
            guard let length = isNew ? newLength(&rest) : oldLength(head & 3, &rest), length <= rest.count else {
                return nil
            }
            rest = rest.dropFirst(length)
        }
        return kinds
    }

    private static func oldLength(_ kind: UInt8, _ rest: inout ArraySlice<UInt8>) -> Int? {
        switch kind {
        case 0: number(1, &rest)
        case 1: number(2, &rest)
        case 2: number(4, &rest)
        case _: nil
        }
    }

    private static func newLength(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let first = number(1, &rest) else { return nil }
        switch first {
        case ..<192: return first
        case ..<224: return number(1, &rest).map { (first - 192) << 8 + $0 + 192 }
        case 255: return number(4, &rest)
        case _: return nil
        }
    }

    private static func number(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
    }
}
