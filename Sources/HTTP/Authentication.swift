/// Who asks, as Prometheus' `basic_auth` and `authorization` have it.
public enum Authentication: Sendable, Equatable {
    /// RFC 7617. The user must not contain a colon.
    case basic(user: String, password: Secret)
    /// `Authorization: <type> <credentials>`.
    case authorization(type: String, credentials: Secret)

    /// RFC 6750's bearer token.
    public static func bearer(_ token: Secret) -> Authentication {
        .authorization(type: "Bearer", credentials: token)
    }
}
