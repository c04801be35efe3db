import Foundation

/// A TCP server that accepts and says nothing: the kernel completes connections from its backlog, nobody reads them.
public final class SilentServer: Sendable {
    /// The port it listens on.
    public let port: UInt16
    private let descriptor: Int32

    /// Listens on a free port.
    public init() throws {
        let socket = try LoopbackSocket()
        port = try socket.bind(port: 0)
        descriptor = socket.descriptor
        guard listen(descriptor, 128) == 0 else { throw TestFailure("listen: \(String(cString: strerror(errno)))") }
    }

    /// Closes it; connections that wait are reset.
    public func stop() {
        close(descriptor)
    }
}
