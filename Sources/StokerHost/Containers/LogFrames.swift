/// The engine's stream of a container's two outputs: frames of a stream number, three zero bytes and a length of four
/// bytes, big-endian, before the text.
enum LogFrames {
    private static let headerLength = 8

    /// The text of all frames in their order. What is no frame ends it; a last frame that was cut gives what there is.
    static func unpacked(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var position = 0
        while bytes.count - position >= headerLength {
            let header = bytes[position..<position + headerLength]
            guard header[position] <= 2, header[(position + 1)..<(position + 4)].allSatisfy({ $0 == 0 }) else { break }
            let length = header[(position + 4)...].reduce(0) { $0 << 8 | Int($1) }
            position += headerLength
            let end = min(position + length, bytes.count)
            text += bytes[position..<end]
            position = end
        }
        return text
    }
}
