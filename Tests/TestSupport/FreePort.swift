import Foundation

/// Loopback ports nobody listens on.
public enum FreePort {
    private static let lock = NSLock()
    nonisolated(unsafe) private static var handedOut: Set<UInt16> = []

    /// A free port of 127.0.0.1. The kernel picks it; one port is given out once in the life of this process, so that tests
    /// running at the same time do not get the same one between the look and the listen.
    public static func next() throws -> UInt16 {
        for _ in 0..<100 {
            let port = try candidate()
            if lock.withLock({ handedOut.insert(port).inserted }) { return port }
        }
        throw TestFailure("no free port was found in 100 attempts")
    }

    private static func candidate() throws -> UInt16 {
        let socket = try LoopbackSocket()
        defer { socket.close() }
        return try socket.bind(port: 0)
    }
}
