/// Where libcurl puts an answer: header fields here, within a bound, and the body where the caller wants it. Lives on the
/// thread of its session.
final class ResponseSink {
    /// Why the sink took no more, which libcurl reports only as "write error".
    enum Refusal {
        case bodyTooLarge
        case headersTooLarge
        case cancelled
    }

    private(set) var headers = Headers()
    /// Whether the header fields of the answer are all there; those of "100 Continue" are not the answer's.
    private(set) var isHeadComplete = false
    private(set) var refusal: Refusal?
    private var isInformational = false
    private var headerBytes = 0
    private let body: any BodySink

    private static let maxHeaderBytes = 256 << 10

    init(_ body: any BodySink) {
        self.body = body
    }

    /// Part of the body.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Taken {
        let taken = body.take(bytes)
        if case .refused(let refusal) = taken { self.refusal = refusal }
        return taken
    }

    /// One header line with its line end; false ends the transfer.
    func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.maxHeaderBytes else {
            refusal = .headersTooLarge
            return false
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // A new answer begins: what came before was a redirect or "100 Continue".
            headers = Headers()
            body.restart()
            isInformational = line.split(separator: " ").dropFirst().first?.hasPrefix("1") ?? false
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[line.utf8.index(after: colon)...]
            headers.add(String(line[..<colon]), trimmed(value))
        } else if trimmed(line[...]).isEmpty, !isInformational {
            isHeadComplete = true
        }
        return true
    }

    private func trimmed(_ text: Substring) -> String {
        let isBlank: (UInt8) -> Bool = { [0x20, 0x09, 0x0d, 0x0a].contains($0) }
        let start = text.utf8.drop(while: isBlank)
        let end = start.lastIndex { !isBlank($0) }.map { start.index(after: $0) } ?? start.startIndex
        return String(Substring(start[..<end]))
    }
}
