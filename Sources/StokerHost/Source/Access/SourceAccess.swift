// Access: how a server is reached, with the secrets read.
//
// The configuration names files and programs; `SourceAccess.resolve` reads and runs them, at every fetch, so that what was
// rotated counts. The result goes to the fetch child over its stdin, and to the looks that the daemon takes by itself. The
// same rules serve both: which request is sent, where a redirect may lead, and what an answer means in words.

import StokerCore

/// How a source is reached now. It holds secrets and prints none of them.
enum SourceAccess: Codable, Hashable, Sendable, CustomReflectable {
    /// A folder of this machine.
    case local
    /// `http` and `https`.
    case http(HTTPSourceAccess)
    /// The `ssh` program. It reads its keys itself.
    case ssh(SSHSourceAccess)

    /// Reads the secrets that the configuration names.
    /// - Parameter tokens: remembers what `credentials_command` printed.
    static func resolve(
        _ configuration: SourceConfiguration, tokens: TokenMemory
    ) async throws(FetchFailure) -> SourceAccess {
        let url = SourceURL(configuration.url)
        switch url.kind {
        case .path, .file: return .local
        case .http, .https: return .http(try await HTTPSourceAccess(configuration, tokens: tokens))
        case .ssh: return .ssh(try SSHSourceAccess(configuration))
        case .other(let scheme):
            throw FetchFailure(
                .unsupported, "source.url \(url.shown) has the scheme \(scheme), which is not supported: use https")
        }
    }

    /// Without children: a failed test or a `dump` must not print a password.
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
