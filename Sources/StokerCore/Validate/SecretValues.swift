/// The secrets written out in a configuration file, so that no message repeats them: promtool quotes values it cannot
/// read, shortened to seven characters where they are long.
public struct SecretValues: Hashable, Sendable {
    private static let fields: Set<String> = [
        "password", "bearer_token", "credentials", "client_secret", "secret_key", "secret_access_key", "access_key",
        "token", "api_key", "secret", "secrets", "basic_auth_users", "application_credential_secret", "account_key",
        "service_key", "routing_key", "consumer_key", "application_secret", "client_assertion", "sasl_password",
    ]
    /// Longest first, so that no part of one is left over.
    private let values: [String]

    /// Those of parsed files.
    /// - Parameter further: secrets that stand elsewhere.
    public init(in roots: [Node] = [], and further: [String] = []) {
        var found = Set(further.filter { !$0.isEmpty })
        for root in roots { Self.collect(root, under: [], secret: false, into: &found) }
        values = found.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The text with each secret, and each password of a URL, replaced.
    public func redact(_ text: String) -> String {
        var text = Self.redactURLs(text)
        for value in values {
            if value.utf8.count >= 4 {
                text = text.replacing(value, with: "<secret>")
            } else {
                // A short one would tear words apart: only where it is quoted by itself.
                for quote in ["\"", "'", "`"] { text = text.replacing(quote + value + quote, with: "<secret>") }
            }
            if value.count > 10 { text = text.replacing(value.prefix(7) + "...", with: "<secret>") }
        }
        return text
    }

    private static func collect(
        _ node: Node, under keys: [String], secret: Bool, into found: inout Set<String>
    ) {
        switch node.value {
        case .scalar(let text, _): if secret, !text.isEmpty, text != "<secret>" { found.insert(text) }
        case .sequence(let items): for item in items { collect(item, under: keys, secret: secret, into: &found) }
        case .mapping(let pairs):
            for pair in pairs {
                let key = pair.key.text ?? ""
                let isSecret = fields.contains(key) || SecretFields.isSecret(key, under: keys)
                collect(pair.value, under: keys + [key], secret: secret || isSecret, into: &found)
            }
        }
    }

    /// `://user:password@` becomes `://user:xxxxx@`, as Prometheus writes it.
    private static func redactURLs(_ text: String) -> String {
        var pieces = text.split(separator: "://", omittingEmptySubsequences: false).map(String.init)
        for at in pieces.indices.dropFirst() {
            let authority = pieces[at].prefix { !"/\"'` \n".contains($0) }
            guard let end = authority.lastIndex(of: "@"), let colon = authority.firstIndex(of: ":"), colon < end
            else { continue }
            pieces[at] = authority[..<colon] + ":xxxxx" + pieces[at][end...]
        }
        return pieces.joined(separator: "://")
    }
}
