import Glibc

/// One connection to a ``TestServer``, used by its own thread; only `hangUp` comes from elsewhere.
final class Peer: Sendable {
    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The head and the body of the next request, nil when the client has hung up.
    func readRequest() -> String? {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let missing = bodyLength(text) - text[end.upperBound...].utf8.count
                if missing <= 0 { return text }
            }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    /// Answers with a status line, a length and a body.
    func answer(_ status: String = "200 OK", fields: [String] = [], body: String = "") {
        let head = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + fields
        send(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Sends bytes as they are; false when the client has hung up.
    @discardableResult
    func send(_ text: String) -> Bool { send(bytes: Array(text.utf8)) }

    /// The same for bytes that are no text.
    @discardableResult
    func send(bytes: [UInt8]) -> Bool {
        var left = bytes[...]
        while !left.isEmpty {
            let count = left.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            left = left.dropFirst(count)
        }
        return true
    }

    /// Says nothing until the client hangs up or the server is stopped.
    func waitForEnd() {
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) > 0 {}
    }

    func hangUp() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    func close() {
        Glibc.close(descriptor)
    }

    private func bodyLength(_ text: String) -> Int {
        for line in text.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
            return Int(line.dropFirst("content-length:".count).drop { $0 == " " }) ?? 0
        }
        return 0
    }
}
