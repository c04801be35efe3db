import Foundation
import TestSupport

/// An HTTP server of one thread that answers what it is told, at the pace it is told; for servers that misbehave.
final class ScriptedServer: @unchecked Sendable {
    let port: UInt16
    private let listener: Int32
    private let respond: @Sendable (String) -> [UInt8]
    /// Bytes that are sent one by one with this pause before each, instead of at once.
    private let pause: Duration?
    private let lock = NSLock()
    private var stopped = false
    private var requests: [String] = []
    private let done = DispatchSemaphore(value: 0)

    /// - Parameter respond: gets the head of a request, answers with the whole response.
    init(pause: Duration? = nil, respond: @escaping @Sendable (String) -> [UInt8]) throws {
        self.pause = pause
        self.respond = respond
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard code else { throw TestFailure("no port for a server: \(String(cString: strerror(errno)))") }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in serve() }
    }

    /// The heads of the requests that came.
    var heads: [String] { lock.withLock { requests } }

    /// Ends the thread and closes the port.
    func stop() {
        lock.withLock { stopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
        done.wait()
        close(listener)
    }

    private var isStopped: Bool { lock.withLock { stopped } }

    private func serve() {
        defer { done.signal() }
        while !isStopped {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            defer { close(connection) }
            var head: [UInt8] = []
            var byte: UInt8 = 0
            while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)), recv(connection, &byte, 1, 0) == 1 {
                head.append(byte)
            }
            let text = String(decoding: head, as: UTF8.self)
            lock.withLock { requests.append(text) }
            send(respond(text), to: connection)
        }
    }

    private func send(_ bytes: [UInt8], to connection: Int32) {
        guard let pause else {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
            // What the client still sends is read, or closing would reset the connection under the response.
            shutdown(connection, Int32(SHUT_WR))
            var sink = [UInt8](repeating: 0, count: 4096)
            while recv(connection, &sink, sink.count, 0) > 0 {}
            return
        }
        for var byte in bytes {
            guard !isStopped, Glibc.send(connection, &byte, 1, Int32(MSG_NOSIGNAL)) == 1 else { return }
            usleep(UInt32(pause.components.seconds * 1_000_000 + pause.components.attoseconds / 1_000_000_000_000))
        }
    }
}
