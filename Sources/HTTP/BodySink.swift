/// What became of bytes that libcurl offered.
enum Taken {
    /// They are here.
    case all
    /// Not one of them was taken; libcurl shall keep them until it is told to go on.
    case later
    /// Not one of them, and none ever: the transfer ends.
    case refused(ResponseSink.Refusal)
}

/// Where the body of an answer goes.
protocol BodySink: AnyObject {
    /// Part of it.
    func take(_ bytes: UnsafeRawBufferPointer) -> Taken
    /// What came so far belonged to another answer.
    func restart()
}

/// A body that is kept whole, up to the limit of its request.
final class WholeBody: BodySink {
    private(set) var bytes: [UInt8] = []
    private let transfer: Transfer

    init(_ transfer: Transfer) {
        self.transfer = transfer
    }

    func take(_ more: UnsafeRawBufferPointer) -> Taken {
        // An endless, fast body keeps libcurl busy inside one call: look here too.
        guard !transfer.isCancelled else { return .refused(.cancelled) }
        guard bytes.count + more.count <= transfer.request.maxResponseBytes else { return .refused(.bodyTooLarge) }
        bytes.append(contentsOf: more)
        return .all
    }

    func restart() { bytes = [] }
}
