import Git
import Glibc
import StokerCore

/// What the fetch child is told, as one line of JSON on its stdin: the only way a secret reaches it.
struct FetchRequest: Codable, Sendable, CustomReflectable {
    /// Credentials with the text of the secret, read a moment ago.
    enum Credentials: Codable, Sendable {
        case none
        case basic(username: String, password: String)
        case authorization(scheme: String, credentials: String)
    }

    /// What the child is started for.
    enum Purpose: Codable, Sendable {
        /// News; and afterwards, where `tidying`, a smaller cache.
        case fetch(tidying: Bool)
        /// A smaller cache.
        case tidy
    }

    var purpose: Purpose
    var cache: String
    var url: String
    var refs: [GitRef]
    var credentials: Credentials
    var caFile: String?
    var ssh: SSHSourceAccess?
    var memoryBytes: Int
    var receivedBytes: Int
    var references: Int
    /// Commits that stay in the cache when it is made smaller, though no followed ref leads to them any more.
    var keep: [CommitID]

    /// Without children: a failed test or a `dump` must not print a password.
    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Reads the secrets that the configuration names and refuses what is not supported.
    init(
        _ source: GitSource, url: SourceURL, purpose: Purpose = .fetch(tidying: true), keep: [CommitID] = []
    ) throws(FetchFailure) {
        self.purpose = purpose
        let access = source.configuration.http
        if let problem = Self.unsupported(access, url) { throw FetchFailure(.unsupported, problem) }
        if let basic = access.basicAuth {
            credentials = .basic(username: basic.username, password: try Self.read(basic.password))
        } else if let header = access.authorization {
            credentials = .authorization(scheme: header.type, credentials: try Self.read(header.credentials))
        } else {
            credentials = .none
        }
        // libgit2's own words for this do not say which file.
        if let file = access.tls?.caFile, Glibc.access(file, R_OK) != 0 {
            let why = String(cString: strerror(errno))
            throw FetchFailure(.local, "could not read the ca_file \(file) of the source: \(why)")
        }
        ssh = url.kind == .ssh ? try SSHSourceAccess(source.configuration) : nil
        cache = source.cache
        self.url = url.text
        refs = source.refs
        caFile = access.tls?.caFile
        memoryBytes = source.limits.memoryBytes
        receivedBytes = source.limits.receivedBytes
        references = source.limits.references
        self.keep = keep
    }

    private static func unsupported(_ access: HTTPAccess, _ url: SourceURL) -> String? {
        switch url.kind {
        case .path, .file, .http, .https, .ssh: break
        case .other(let scheme):
            return "source.url \(url.shown) has the scheme \(scheme), which is not supported: use https"
        }
        if access.tls?.certFile != nil || access.tls?.keyFile != nil {
            return "client certificates (cert_file, key_file) for source.url are not supported yet"
        }
        if access.tls?.insecureSkipVerify == true {
            return "insecure_skip_verify is not supported for source.url: set ca_file"
        }
        if access.tls?.serverName != nil { return "server_name is not supported for source.url yet" }
        if access.proxyURL != nil { return "proxy_url is not supported for source.url yet" }
        return nil
    }

    /// The text of a secret, without the line end most editors leave; files are read at each fetch, so that they may be rotated.
    private static func read(_ secret: SecretSource) throws(FetchFailure) -> String {
        switch secret {
        case .inline(let text): return text
        case .credentialsCommand: throw FetchFailure(.unsupported, "credentials_command is not supported yet")
        case .file(let path):
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else {
                throw FetchFailure(
                    .local,
                    "could not read the credentials of the source in \(path): \(String(cString: strerror(errno)))")
            }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                throw FetchFailure(
                    .local,
                    "could not read the credentials of the source in \(path): \(String(cString: strerror(errno)))")
            }
            let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
            let text = bytes.prefix(count).drop(while: isSpace).reversed().drop(while: isSpace).reversed()
            guard !text.isEmpty else {
                throw FetchFailure(.local, "the credentials file \(path) of the source is empty")
            }
            // A line break inside would end the header and start another one.
            guard !text.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
                throw FetchFailure(.local, "the credentials file \(path) of the source holds more than one line")
            }
            return String(decoding: Array(text), as: UTF8.self)
        }
    }

    /// What the Git boundary wants to know.
    var settings: FetchSettings {
        let authentication: FetchAuthentication =
            switch credentials {
            case .none: .none
            case .basic(let username, let password): .basic(username: username, password: GitSecret(password))
            case .authorization(let scheme, let credentials):
                .authorization(scheme: scheme, credentials: GitSecret(credentials))
            }
        return FetchSettings(
            url: url, authentication: authentication, caFile: caFile, receivedBytesLimit: receivedBytes,
            referencesLimit: references)
    }
}
