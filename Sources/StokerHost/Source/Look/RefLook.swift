// Look: whether a followed ref has moved, found out in the daemon, without libgit2, a pack and a fetch child.
//
// Almost every poll finds nothing new, so this is what a poll costs: one small request on a connection that is kept, one
// `ssh`, or a few small files. A look only ever saves work. It compares names of objects; where they differ, or where it
// cannot tell, the fetch is done as if nobody had looked, and only the fetch says what is deployed.

import HTTP
import StokerCore

/// Asks one source where its followed refs are, again and again, and remembers how that is done.
@HostActor
final class RefLook {
    private let source: GitSource
    private let local: LocalLook?
    /// One worker, so that there is one connection; it is made by the first request.
    private let client: HTTPClient
    private var httpServer: HTTPLook.Server?
    private var sshServer: SSHLook.Server?

    /// Asks nothing yet.
    init(_ source: GitSource) {
        self.source = source
        local = LocalLook(SourceURL(source.configuration.url), references: source.limits.references)
        client = HTTPClient(userAgent: HTTPSourceAccess.userAgent, maxWorkers: 1, maxIdle: Self.kept)
    }

    /// For so long a connection is kept open between two looks; most servers close it after a minute or two.
    private static let kept = Duration.seconds(300)

    /// Where the refs of a question are; nil where only a fetch can tell.
    /// - Throws: what a fetch would fail with, too.
    func look(_ question: RefQuestion) async throws(FetchFailure) -> RefsSeen? {
        if question.isEmpty { return RefsSeen() }
        if let local { return await local.look(question, within: source.configuration.timeout) }
        switch try await source.access() {
        case .local: return nil
        case .ssh(let access):
            let look = SSHLook(
                access: access, question: question, url: SourceURL(source.configuration.url),
                references: source.limits.references, timeout: source.configuration.timeout)
            let (result, server) = await look.run(sshServer)
            sshServer = server
            return try result.get()
        case .http(let access):
            let answer = await ask(question, access)
            // A remembered token may have ended early.
            guard case .failure(let failure) = answer, failure.kind == .authentication, source.tokens.isFilled else {
                return try answer.get()
            }
            source.tokens.forget()
            guard case .http(let renewed) = try await source.access() else {
                return nil
            }
            return try await ask(question, renewed).get()
        }
    }

    private func ask(_ question: RefQuestion, _ access: HTTPSourceAccess) async -> Result<RefsSeen, FetchFailure> {
        let (result, server) = await HTTPLook(client: client, access: access, question: question).run(
            httpServer)
        httpServer = server
        return result
    }

    /// Closes the connection. A later look fails.
    nonisolated func close() { client.close() }
}
