import Foundation

/// A TCP socket of 127.0.0.1.
struct LoopbackSocket {
    let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure("socket: \(String(cString: strerror(errno)))") }
    }

    func close() {
        Glibc.close(descriptor)
    }

    /// Binds and answers with the port that was taken.
    func bind(port: UInt16) throws -> UInt16 {
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        guard try call(port, Glibc.bind) == 0 else {
            throw TestFailure("port \(port) cannot be bound: \(String(cString: strerror(errno)))")
        }
        var bound = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { throw TestFailure("getsockname: \(String(cString: strerror(errno)))") }
        return UInt16(bigEndian: bound.sin_port)
    }

    /// Connects; the socket then gives up after `limitSeconds` without a byte.
    func connect(port: UInt16, limitSeconds: Int) throws {
        var limit = timeval(tv_sec: limitSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard try call(port, Glibc.connect) == 0 else {
            throw TestFailure("127.0.0.1:\(port) refuses: \(String(cString: strerror(errno)))")
        }
    }

    private func call(
        _ port: UInt16, _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) throws -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
