import Foundation

/// A proxy on 127.0.0.1 as companies have them: CONNECT tunnels, plain http requests and SOCKS 5, with or without
/// credentials. A thread for each connection.
public final class LoopbackProxy: @unchecked Sendable {
    /// The port it listens on.
    public let port: UInt16
    private let listener: Int32
    private let credentials: String?
    private let refusal: String?
    private let upstream: UInt16?
    private let lock = NSLock()
    private var seen: [String] = []
    private var connections: Set<Int32> = []
    private var running = 1
    private var isStopped = false
    private let done = DispatchSemaphore(value: 0)

    /// Starts one.
    /// - Parameters:
    ///   - credentials: `user:password` that it wants to see; nil: it serves everybody.
    ///   - refusal: a status line with which it answers everything, such as `403 Forbidden`.
    ///   - upstream: it is no proxy, but passes every byte on to this port, and writes down what clients send.
    public init(credentials: String? = nil, refusal: String? = nil, upstream: UInt16? = nil) throws {
        self.upstream = upstream
        self.credentials = credentials.map { "Basic " + Data($0.utf8).base64EncodedString() }
        self.refusal = refusal
        let socket = try LoopbackSocket()
        port = try socket.bind(port: 0)
        listener = socket.descriptor
        guard listen(listener, 64) == 0 else { throw TestFailure("listen: \(String(cString: strerror(errno)))") }
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, begin(connection) else { break }
                Thread.detachNewThread { [self] in
                    serve(connection)
                    end(connection)
                }
            }
            finish()
        }
    }

    /// The heads of the requests that came, `SOCKS host:port` for the other kind; with an upstream all that came.
    public var requests: [String] { lock.withLock { seen } }

    /// Ends all connections and threads.
    public func stop() {
        lock.withLock {
            isStopped = true
            for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        done.wait()
        close(listener)
    }

    private func begin(_ connection: Int32) -> Bool {
        lock.withLock {
            guard !isStopped else {
                close(connection)
                return false
            }
            connections.insert(connection)
            running += 1
            return true
        }
    }

    private func end(_ connection: Int32) {
        lock.withLock {
            connections.remove(connection)
            close(connection)
        }
        finish()
    }

    private func finish() {
        if lock.withLock({
            running -= 1
            return running == 0
        }) {
            done.signal()
        }
    }

    private func serve(_ client: Int32) {
        if let upstream { return tunnel(client, "127.0.0.1:\(upstream)", answer: "", first: "", isRecorded: true) }
        var first: UInt8 = 0
        guard recv(client, &first, 1, Int32(MSG_PEEK)) == 1 else { return }
        if first == 5 { return serveSOCKS(client) }
        guard let head = readHead(client) else { return }
        lock.withLock { seen.append(head) }
        if let refusal { return say("HTTP/1.1 \(refusal)\r\nContent-Length: 0\r\n\r\n", to: client) }
        if let credentials, !head.contains("Proxy-Authorization: \(credentials)\r\n") {
            return say(
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
                to: client)
        }
        let words = head.split(separator: " ")
        guard words.count > 2 else { return }
        if words[0] == "CONNECT" {
            tunnel(client, String(words[1]), answer: "HTTP/1.1 200 Connection established\r\n\r\n", first: "")
        } else {
            // http://host:port/path: servers take the absolute form as it is.
            let place = words[1].split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
            tunnel(client, String(place), answer: "", first: head)
        }
    }

    private func serveSOCKS(_ client: Int32) {
        var bytes = [UInt8](repeating: 0, count: 512)
        guard recv(client, &bytes, bytes.count, 0) > 2 else { return }
        send(client, [UInt8](arrayLiteral: 5, 0), 2, Int32(MSG_NOSIGNAL))
        guard recv(client, &bytes, bytes.count, 0) >= 10 else { return }
        let isName = bytes[3] == 3
        let end = isName ? 5 + Int(bytes[4]) : 8
        let host =
            isName
            ? String(decoding: bytes[5..<end], as: UTF8.self) : bytes[4..<8].map(String.init).joined(separator: ".")
        let place = "\(host):\(Int(bytes[end]) << 8 | Int(bytes[end + 1]))"
        lock.withLock { seen.append("SOCKS \(place)") }
        send(client, [UInt8](arrayLiteral: 5, 0, 0, 1, 0, 0, 0, 0, 0, 0), 10, Int32(MSG_NOSIGNAL))
        tunnel(client, place, answer: "", first: "")
    }

    /// Only to this machine, whatever name is asked for.
    private func tunnel(_ client: Int32, _ place: String, answer: String, first: String, isRecorded: Bool = false) {
        guard let port = place.split(separator: ":").last.flatMap({ UInt16($0) }),
            let upstream = try? LoopbackSocket()
        else { return }
        guard (try? upstream.connect(port: port, limitSeconds: 60)) != nil, begin(upstream.descriptor) else {
            upstream.close()
            return say("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", to: client)
        }
        say(answer, to: client)
        say(first, to: upstream.descriptor)
        let back = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [self] in
            copy(from: upstream.descriptor, to: client)
            back.signal()
        }
        copy(from: client, to: upstream.descriptor, isRecorded: isRecorded)
        // Closed only when nobody uses them: a number may be another connection's the next moment.
        back.wait()
        end(upstream.descriptor)
    }

    private func copy(from: Int32, to: Int32, isRecorded: Bool = false) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            if isRecorded { lock.withLock { seen.append(String(decoding: buffer[..<count], as: UTF8.self)) } }
            guard sendAll(buffer[..<count], to: to) else { break }
        }
        lock.withLock {
            for connection in [from, to] where connections.contains(connection) {
                shutdown(connection, Int32(SHUT_RDWR))
            }
        }
    }

    private func say(_ text: String, to descriptor: Int32) { _ = sendAll(Array(text.utf8)[...], to: descriptor) }

    private func sendAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func readHead(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard bytes.count < 65_536, recv(descriptor, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
