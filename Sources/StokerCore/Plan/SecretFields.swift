/// Which keys of Prometheus' and its relatives' configuration hold a secret.
enum SecretFields {
    /// Endings that mark a secret in `common/config`, the service discoveries, Alertmanager's receivers and the
    /// exporters: `smtp_auth_password`, `opsgenie_api_key`, `slack_app_token`, `client_secret`.
    private static let endings = [
        "password", "passwd", "passphrase", "secret", "secrets", "token", "api_key", "apikey", "api-key", "secret_key",
        "private_key", "service_key", "routing_key", "integration_key", "user_key", "account_key", "consumer_key",
        "credentials", "slack_api_url", "webhook_url", "community",
    ]

    /// Whether a value under the key is a secret. `parents` are the keys above it, the nearest last.
    static func isSecret(_ key: String, under parents: [String] = []) -> Bool {
        let key = key.lowercased()
        if parents.last == "basic_auth_users" { return true }
        if endings.contains(where: { key.hasSuffix($0) }) { return true }
        switch key {
        case "authorization", "cookie", "proxy-authorization": return true
        case "key": return parents.last.map { $0.hasSuffix("tls_config") || $0 == "tls_server_config" } ?? false
        case "api_url": return parents.contains("slack_configs") || parents.contains("discord_configs")
        case "url":
            // Alertmanager takes a webhook's address for a secret: many carry their token in the path.
            return ["webhook_configs", "msteams_configs", "msteamsv2_configs"].contains { parents.contains($0) }
        default: return false
        }
    }
}
