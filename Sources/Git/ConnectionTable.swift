import CLibgit2
import CPlatform

/// Hands a `GitConnection` to libgit2 as the smart transport of one remote. What it refused is kept.
final class ConnectionTable {
    private let connection: any GitConnection
    private(set) var failure: (any Error)?

    init(_ connection: any GitConnection) { self.connection = connection }

    /// libgit2's transport over the connection. It does not own this object, which must outlive it.
    func makeTransport(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_transport>?>?, _ owner: OpaquePointer?
    ) -> Int32 {
        guard let out, let owner else { return GIT_ERROR.rawValue }
        var table = platform_git_connection(
            context: Unmanaged.passUnretained(self).toOpaque(),
            begin: { context, wants in
                ConnectionTable.of(context).attempt {
                    try $0.begin(wants == 0 ? .advertisement : .request)
                }
            },
            read: { context, buffer, size, count in
                ConnectionTable.of(context).attempt {
                    count.pointee = try $0.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
                }
            },
            write: { context, bytes, size in
                ConnectionTable.of(context).attempt { try $0.write(UnsafeRawBufferPointer(start: bytes, count: size)) }
            },
            end: { context in ConnectionTable.of(context).connection.end() })
        var made: UnsafeMutableRawPointer?
        let code = platform_git_smart_transport(
            &made, UnsafeMutableRawPointer(owner), &table, connection.isStateless ? 1 : 0)
        out.pointee = made?.assumingMemoryBound(to: git_transport.self)
        return code
    }

    private static func of(_ context: UnsafeMutableRawPointer) -> ConnectionTable {
        Unmanaged<ConnectionTable>.fromOpaque(context).takeUnretainedValue()
    }

    private func attempt(_ body: (any GitConnection) throws -> Void) -> Int32 {
        do {
            try body(connection)
            return 0
        } catch {
            failure = failure ?? error
            git_error_set_str(Int32(GIT_ERROR_NET.rawValue), "the connection failed")
            return GIT_ERROR.rawValue
        }
    }
}
