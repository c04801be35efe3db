import Glibc
import HTTP
import StokerCore

/// How a repository is asked for over http or https: where, as whom, proved by what, and within which limits.
struct HTTPSourceAccess: Codable, Hashable, Sendable, CustomReflectable {
    /// Who asks. The texts are the secrets themselves.
    enum Credentials: Codable, Hashable, Sendable {
        case none
        case basic(username: String, password: String)
        case authorization(type: String, credentials: String)
    }

    /// What the first request asks for, below the repository's URL.
    static let advertisementPath = "info/refs?service=git-upload-pack"
    /// Servers look at the beginning: several answer only what calls itself `git/` as git is answered, so this says the
    /// protocol first, as libgit2 does, and then who it really is.
    static let userAgent = "git/2.0 (stoker \(StokerVersion.text))"

    /// The repository's URL, without a slash at the end. After a redirect that is where it led.
    var url: String
    /// What is configured, where `url` is not.
    var redirectedFrom: String?
    var credentials: Credentials
    /// Where the secret is from, as the operator knows it: `password_file /etc/…`.
    var secretOrigin: String?
    /// Whether a redirect led to another host, which gets no credentials.
    var isWithheld = false

    var caFile: String?
    var certFile: String?
    var keyFile: String?
    var serverName: String?
    var insecureSkipVerify: Bool
    /// Nil: what the environment says.
    var proxyURL: String?

    /// The limit of everything.
    var timeout: Duration
    var connectTimeout: Duration
    var idleTimeout: Duration
    /// Bytes of all answers together.
    var receivedBytes: Int
    /// References of the server.
    var references: Int

    /// Reads the secrets.
    init(_ configuration: SourceConfiguration, tokens: TokenMemory) async throws(FetchFailure) {
        var url = configuration.url
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        (credentials, secretOrigin) = try await Self.credentials(configuration, tokens)
        let access = configuration.http
        caFile = try Self.readable(access.tls?.caFile, "ca_file")
        certFile = try Self.readable(access.tls?.certFile, "cert_file")
        keyFile = try Self.readable(access.tls?.keyFile, "key_file")
        serverName = access.tls?.serverName
        insecureSkipVerify = access.tls?.insecureSkipVerify ?? false
        proxyURL = access.proxyURL
        timeout = configuration.timeout
        connectTimeout = configuration.limits.connectTimeout
        idleTimeout = configuration.limits.idleTimeout
        receivedBytes = configuration.limits.receivedBytes
        references = configuration.limits.references
    }

    /// Without children: a failed test or a `dump` must not print a password.
    var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Redacted, and how it is named in messages.
    var place: SourceURL { SourceURL(url) }

    /// The most bytes of an advertisement.
    var advertisementBytes: Int { AdvertisementSize.most(of: references) }

    /// A request for a path below the repository's URL. Redirects are not followed by it: see `redirected`.
    func request(_ path: String, method: String = "GET") -> Request {
        Request(
            method: method, url: "\(url)/\(path)", headers: ["User-Agent": Self.userAgent], timeout: timeout,
            connectTimeout: connectTimeout, maxResponseBytes: advertisementBytes, auth: authentication,
            tls: TLSOptions(
                caFile: caFile, certFile: certFile, keyFile: keyFile, serverName: serverName,
                insecureSkipVerify: insecureSkipVerify),
            proxyURL: proxyURL, proxyFromEnvironment: proxyURL == nil, acceptsGzip: true)
    }

    private var authentication: Authentication? {
        switch credentials {
        case .none: nil
        case .basic(let username, let password): .basic(user: username, password: Secret(password))
        case .authorization(let type, let credentials): .authorization(type: type, credentials: Secret(credentials))
        }
    }

    private static func credentials(
        _ configuration: SourceConfiguration, _ tokens: TokenMemory
    ) async throws(FetchFailure) -> (Credentials, String?) {
        func text(_ secret: SecretSource, _ key: String) async throws(FetchFailure) -> (String, String) {
            switch secret {
            case .inline(let text): return (text, key)
            case .file(let path): return (try SecretText.read(path), "\(key)_file \(path)")
            case .credentialsCommand:
                return (try await tokens.token(of: configuration), "the token of credentials_command")
            }
        }
        let access = configuration.http
        if let basic = access.basicAuth {
            let (password, origin) = try await text(basic.password, "password")
            return (.basic(username: basic.username, password: password), origin)
        }
        if let header = access.authorization {
            let (credentials, origin) = try await text(header.credentials, "credentials")
            return (.authorization(type: header.type, credentials: credentials), origin)
        }
        guard !configuration.credentialsCommand.isEmpty else { return (.none, nil) }
        let (token, origin) = try await text(.credentialsCommand, "")
        // The user that GitHub wants beside a token; the others want any.
        return (.basic(username: "x-access-token", password: token), origin)
    }

    /// libcurl's own words do not always say which file.
    private static func readable(_ path: String?, _ key: String) throws(FetchFailure) -> String? {
        if let path, access(path, R_OK) != 0 {
            let why = String(cString: strerror(errno))
            throw FetchFailure(.local, "could not read the \(key) \(path) of the source: \(why)")
        }
        return path
    }
}
