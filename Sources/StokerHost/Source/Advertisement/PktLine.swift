// Advertisement: how a git server says where its references are, without libgit2. What is here takes bytes and gives values:
// no connection, no file, no clock. The bytes come from servers that may be anything, so every reader has a bound and one
// error, `AdvertisementProblem`. Three forms are read: the list of all references that every server gives (protocol 0, and 1
// with a line before it), the capabilities that a server of protocol 2 gives instead, and its answer to `ls-refs`, which
// holds just the references that were asked for. See gitprotocol-common(5), gitprotocol-pack(5) and gitprotocol-v2(5).

/// One packet of git's line format.
enum PktLine: Hashable {
    /// `0000`: the end of a list.
    case flush
    /// `0001`: the end of a part.
    case delimiter
    /// `0002`: the end of an answer, where a connection has no end of its own.
    case responseEnd
    /// Its bytes, without one line feed at their end.
    case data(ArraySlice<UInt8>)
}

/// Cuts bytes into packets.
struct PktLineReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next packet; nil where the bytes end between two of them.
    mutating func next() throws(AdvertisementProblem) -> PktLine? {
        guard position < bytes.count else { return nil }
        guard position + 4 <= bytes.count else { throw .malformed("the last packet is cut off") }
        var length = 0
        for digit in bytes[position..<(position + 4)] {
            guard let value = Self.value(of: digit) else {
                throw .malformed("a packet does not begin with its length")
            }
            length = length << 4 | value
        }
        switch length {
        case 0...2:
            position += 4
            return length == 0 ? .flush : length == 1 ? .delimiter : .responseEnd
        case 3: throw .malformed("a packet has the impossible length 3")
        case _:
            let end = position + length
            guard end <= bytes.count else { throw .malformed("the last packet is cut off") }
            var data = bytes[(position + 4)..<end]
            position = end
            if data.last == UInt8(ascii: "\n") { data.removeLast() }
            if data.starts(with: "ERR ".utf8) { throw .refused(data.dropFirst(4)) }
            return .data(data)
        }
    }

    /// A packet with this text.
    static func packet(_ text: String) -> [UInt8] {
        let digits = String(text.utf8.count + 4, radix: 16)
        return Array((String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + text).utf8)
    }

    /// The packets without content, as they are written.
    static let flush = Array("0000".utf8)
    static let delimiter = Array("0001".utf8)

    private static func value(of digit: UInt8) -> Int? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(digit) - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(digit) - 55
        case _: nil
        }
    }
}
