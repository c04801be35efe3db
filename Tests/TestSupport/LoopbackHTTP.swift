import Foundation

/// HTTP to a server on 127.0.0.1, spoken without the client under test.
public enum LoopbackHTTP {
    /// A status code and a body.
    public struct Response: Sendable {
        /// HTTP status.
        public let status: Int
        /// The status line and the header fields.
        public let head: String
        /// The whole body.
        public let body: String
    }

    /// One request, HTTP/1.0 so that the body ends with the connection; at most `limitSeconds` without a byte.
    ///
    /// - Throws: `TestFailure` when nobody listens, or the peer goes silent.
    public static func request(
        _ method: String = "GET", port: UInt16, path: String, headers: [String: String] = [:], limitSeconds: Int = 10
    ) throws -> Response {
        let socket = try LoopbackSocket()
        defer { socket.close() }
        try socket.connect(port: port, limitSeconds: limitSeconds)
        var head = "\(method) \(path) HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\nContent-Length: 0\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try send(head + "\r\n", to: socket)
        return try parse(try receive(from: socket, port: port), port: port)
    }

    private static func send(_ text: String, to socket: LoopbackSocket) throws {
        var bytes = ArraySlice(Array(text.utf8))
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw TestFailure("send: \(String(cString: strerror(errno)))") }
            bytes = bytes.dropFirst(count)
        }
    }

    private static func receive(from socket: LoopbackSocket, port: UInt16) throws -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket.descriptor, &buffer, buffer.count, 0)
            if count == 0 { return all }
            guard count > 0 else {
                throw TestFailure("127.0.0.1:\(port) went silent: \(String(cString: strerror(errno)))")
            }
            all += buffer[..<count]
        }
    }

    private static func parse(_ bytes: [UInt8], port: UInt16) throws -> Response {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"), let line = text.split(separator: "\r\n").first,
            let status = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw TestFailure("127.0.0.1:\(port) did not speak HTTP: \(text.prefix(200))") }
        return Response(status: status, head: String(text[..<end.lowerBound]), body: String(text[end.upperBound...]))
    }
}
