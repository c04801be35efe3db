/// How the two ends of an https connection prove themselves, as Prometheus' `tls_config` has it. Files are PEM and read at
/// each new connection, so a rotated one counts without a restart.
public struct TLSOptions: Sendable, Equatable {
    /// The only CAs trusted; nil for the system's. An https proxy is proved by these or the system's.
    public var caFile: String?
    /// Our certificate, with its chain.
    public var certFile: String?
    /// The key of our certificate.
    public var keyFile: String?
    /// The name the certificate must carry, also sent as SNI, where it is not the URL's host.
    public var serverName: String?
    /// Trust any certificate.
    public var insecureSkipVerify: Bool

    /// The system's CAs and no certificate of our own, unless given.
    public init(
        caFile: String? = nil, certFile: String? = nil, keyFile: String? = nil, serverName: String? = nil,
        insecureSkipVerify: Bool = false
    ) {
        self.caFile = caFile
        self.certFile = certFile
        self.keyFile = keyFile
        self.serverName = serverName
        self.insecureSkipVerify = insecureSkipVerify
    }
}
