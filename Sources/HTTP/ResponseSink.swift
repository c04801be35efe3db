/// Where libcurl puts an answer. Lives on the worker's thread; bounded in both directions.
final class ResponseSink {
    /// Why the sink took no more, which libcurl reports only as "write error".
    enum Refusal {
        case bodyTooLarge
        case headersTooLarge
        case cancelled
    }

    private(set) var headers = Headers()
    private(set) var body: [UInt8] = []
    private(set) var refusal: Refusal?
    private var headerBytes = 0
    private let transfer: Transfer

    private static let maxHeaderBytes = 256 << 10

    init(_ transfer: Transfer) {
        self.transfer = transfer
    }

    /// Part of the body; false ends the transfer.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // An endless, fast body keeps libcurl busy inside one call: look here too.
        guard !transfer.isCancelled else { return refuse(.cancelled) }
        guard body.count + bytes.count <= transfer.request.maxResponseBytes else { return refuse(.bodyTooLarge) }
        body.append(contentsOf: bytes)
        return true
    }

    /// One header line with its line end; false ends the transfer.
    func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.maxHeaderBytes else { return refuse(.headersTooLarge) }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // A new answer begins: what came before was a redirect or "100 Continue".
            headers = Headers()
            body = []
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[line.utf8.index(after: colon)...]
            headers.add(String(line[..<colon]), trimmed(value))
        }
        return true
    }

    private func refuse(_ refusal: Refusal) -> Bool {
        self.refusal = refusal
        return false
    }

    private func trimmed(_ text: Substring) -> String {
        let isBlank: (UInt8) -> Bool = { [0x20, 0x09, 0x0d, 0x0a].contains($0) }
        let start = text.utf8.drop(while: isBlank)
        let end = start.lastIndex { !isBlank($0) }.map { start.index(after: $0) } ?? start.startIndex
        return String(Substring(start[..<end]))
    }
}
