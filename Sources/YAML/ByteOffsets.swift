/// Turns libyaml's character counts into byte offsets of the file. A byte-order mark is not counted as a character.
struct ByteOffsets {
    private enum Kind {
        /// One byte a character: the common case costs nothing.
        case ascii(shift: Int)
        /// The byte offset of every `stride`th character.
        case utf8([Int])
        /// UTF-16: ranges are not known.
        case unknown
    }

    private static let stride = 16
    private let input: UnsafeBufferPointer<UInt8>
    private let kind: Kind

    init(_ input: UnsafeBufferPointer<UInt8>) {
        self.input = input
        if input.starts(with: [0xff, 0xfe]) || input.starts(with: [0xfe, 0xff]) {
            kind = .unknown
            return
        }
        let shift = input.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        kind = Self.isASCII(input, from: shift) ? .ascii(shift: shift) : .utf8(Self.table(input, from: shift))
    }

    /// The bytes of characters `start..<end`; empty at 0 where they are not known.
    func range(_ start: Int, _ end: Int) -> Range<Int> {
        guard let first = offset(start), let last = offset(end), first <= last else { return 0..<0 }
        return first..<last
    }

    private func offset(_ character: Int) -> Int? {
        switch kind {
        case .ascii(let shift):
            return min(character + shift, input.count)
        case .unknown:
            return nil
        case .utf8(let table):
            let slot = min(character / Self.stride, table.count - 1)
            var at = table[slot]
            var left = character - slot * Self.stride
            while left > 0, at < input.count {
                at += 1
                while at < input.count, input[at] & 0xc0 == 0x80 { at += 1 }
                left -= 1
            }
            return at
        }
    }

    private static func isASCII(_ input: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        var seen: UInt8 = 0
        for at in start..<input.count { seen |= input[at] }
        return seen < 0x80
    }

    private static func table(_ input: UnsafeBufferPointer<UInt8>, from start: Int) -> [Int] {
        var table: [Int] = []
        table.reserveCapacity(input.count / stride + 1)
        var characters = 0
        for at in start..<input.count where input[at] & 0xc0 != 0x80 {
            if characters % stride == 0 { table.append(at) }
            characters += 1
        }
        if table.isEmpty { table.append(start) }
        return table
    }
}
