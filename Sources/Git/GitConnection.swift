/// What travels to a server and back: who answers the door is no business of libgit2.
///
/// libgit2 speaks the git protocol through it and nothing else: TLS, proxies, credentials, time-outs and the `ssh` program
/// are the implementer's. All calls come from the thread that fetches, one at a time. An implementer that throws keeps
/// what it knows about the failure: libgit2 makes one short text of it.
public protocol GitConnection: AnyObject {
    /// Whether each exchange is a request with an answer (http), as opposed to parts of one conversation (ssh).
    var isStateless: Bool { get }
    /// Begins an exchange. Without a state, each one is ended by `end`, and the advertisement is never written to; with
    /// one there is a single beginning, of the advertisement.
    func begin(_ exchange: GitExchange) throws
    /// Waits for bytes and hands out some of them; 0 at the end of the exchange.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
    /// Takes all of these bytes. Without a state all writing comes before the first reading.
    func write(_ bytes: UnsafeRawBufferPointer) throws
    /// The exchange is over, or given up. Not called where `begin` threw.
    func end()
}

/// What an exchange is for.
public enum GitExchange: Hashable, Sendable {
    /// The server's references.
    case advertisement
    /// What is wanted and what is here, answered by a pack.
    case request
}
