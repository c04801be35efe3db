import Glibc
import HTTP
import StokerCore

/// Turns the configured access into what a request carries. Secret files are read at each use, so that a rotated one
/// counts at once.
enum AccessReader {
    /// A password or token is short; a larger file is a mistake.
    private static let limit = 64 << 10

    static func apply(_ access: HTTPAccess, to request: inout Request) throws(PrometheusError) {
        if let basic = access.basicAuth {
            request.auth = .basic(user: basic.username, password: try secret(basic.password, of: "basic_auth"))
        } else if let authorization = access.authorization {
            request.auth = .authorization(
                type: authorization.type, credentials: try secret(authorization.credentials, of: "authorization"))
        }
        if let tls = access.tls {
            request.tls = TLSOptions(
                caFile: tls.caFile, certFile: tls.certFile, keyFile: tls.keyFile, serverName: tls.serverName,
                insecureSkipVerify: tls.insecureSkipVerify)
        }
        request.proxyURL = access.proxyURL
    }

    private static func secret(_ source: SecretSource, of block: String) throws(PrometheusError) -> Secret {
        switch source {
        case .inline(let text): return Secret(text)
        case .credentialsCommand:
            throw PrometheusError(
                .secret, "\(block) of a target needs a password or token: credentials_command is the source's")
        case .file(let path):
            switch SmallFile.read(path, limit: limit) {
            case .success(let bytes):
                let text = String(decoding: bytes, as: UTF8.self)
                let trimmed = text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
                return Secret(String(trimmed))
            case .failure(let problem):
                throw PrometheusError(
                    .secret,
                    "the file of \(block) cannot be read: \(path): \(problem.message); make it readable for this user")
            }
        }
    }
}
