import Glibc
import Synchronization

/// A server that does exactly what a test says, down to the byte: one thread accepts, one serves each connection. Stopped
/// with `stop`, which ends every wait inside it.
final class TestServer: Sendable {
    /// Where it listens.
    enum Place {
        case loopback
        case unixSocket(String)
    }

    let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())
    private let script: @Sendable (Peer) -> Void

    private struct State {
        var peers: [Peer] = []
        var threads: [pthread_t] = []
        var isStopped = false
    }

    init(_ place: Place = .loopback, _ script: @escaping @Sendable (Peer) -> Void) throws {
        self.script = script
        switch place {
        case .loopback:
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            port = try Self.bindLoopback(listener)
        case .unixSocket(let path):
            listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            port = 0
            try Self.bindUnix(listener, path)
        }
        guard listen(listener, 64) == 0 else { throw TestServerError(code: errno) }
        try startThread { [self] in acceptAll() }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// How many connections were accepted so far.
    var connectionCount: Int { state.withLock { $0.peers.count } }

    func stop() {
        let peers: [Peer]? = state.withLock { state in
            if state.isStopped { return nil }
            state.isStopped = true
            return state.peers
        }
        guard let peers else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        for peer in peers {
            peer.hangUp()
        }
        while let thread = state.withLock({ $0.threads.popLast() }) {
            pthread_join(thread, nil)
        }
        for peer in state.withLock({ $0.peers }) {
            peer.close()
        }
        Glibc.close(listener)
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            let peer = Peer(descriptor)
            let isStopped = state.withLock { state in
                state.peers.append(peer)
                return state.isStopped
            }
            guard !isStopped else { return }
            do {
                try startThread { [script] in
                    script(peer)
                    peer.hangUp()
                }
            } catch {
                // Its client sees a connection that ends at once, and its test fails.
                peer.hangUp()
            }
        }
    }

    private func startThread(_ body: @escaping @Sendable () -> Void) throws {
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard code == 0 else { throw TestServerError(code: code) }
        state.withLock { $0.threads.append(thread) }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    private static func bindLoopback(_ descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        guard code == 0 else { throw TestServerError(code: errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func bindUnix(_ descriptor: Int32, _ path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw TestServerError(code: errno) }
    }
}

struct TestServerError: Error {
    let code: Int32
}
