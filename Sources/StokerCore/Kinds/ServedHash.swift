/// A digest of the main file that a program shows as a metric.
public struct ServedHash: Hashable, Sendable {
    /// How the digest is computed.
    public enum Algorithm: String, Hashable, Sendable, CaseIterable { case md5, sha1, sha256 }

    /// The metric's name.
    public let metric: String
    /// The label whose value is the digest in hexadecimal; nil: the metric's value is its first six bytes, the lowest
    /// first, as Alertmanager has it.
    public let label: String?
    /// How it is computed.
    public let algorithm: Algorithm

    /// A digest by the place it is shown at.
    public init(metric: String, label: String?, algorithm: Algorithm) {
        self.metric = metric
        self.label = label
        self.algorithm = algorithm
    }
}
