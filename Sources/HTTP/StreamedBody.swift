/// A body on its way through: a bounded piece of it is here at any time, all of it only counted.
final class StreamedBody: BodySink {
    /// libcurl offers 16 KiB at once.
    private static let capacity = 256 << 10

    private var bytes: [UInt8] = []
    private var taken = 0
    private var total = 0
    private let limitBytes: Int
    /// Whether libcurl keeps bytes that did not fit.
    var isPaused = false

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
        bytes.reserveCapacity(Self.capacity)
    }

    var isEmpty: Bool { taken == bytes.count }

    func take(_ more: UnsafeRawBufferPointer) -> Taken {
        guard total + more.count <= limitBytes else { return .refused(.bodyTooLarge) }
        guard isEmpty || bytes.count + more.count <= Self.capacity else {
            isPaused = true
            return .later
        }
        if isEmpty { restart() }
        bytes.append(contentsOf: more)
        total += more.count
        return .all
    }

    /// Hands out what is here, as far as it fits; 0 when nothing is.
    func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - taken)
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[taken..<(taken + count)])) }
        taken += count
        return count
    }

    func restart() {
        bytes.removeAll(keepingCapacity: true)
        taken = 0
    }
}
