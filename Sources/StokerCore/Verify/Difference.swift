/// Something declared that is not served, or served that is not declared.
public struct Difference: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The parts of a configuration whose absence is a failure.
    public enum Part: String, Hashable, Codable, Sendable, CaseIterable {
        case job, ruleFile, scrapeConfigFile, remoteWrite, remoteRead, alertmanager, group, rule
        case module, receiver, route
    }

    /// Which way round, and how much it says.
    public enum Kind: Hashable, Codable, Sendable {
        /// Declared, not served.
        case missing(Part)
        /// Served from our file, not declared in it: what was removed is still there.
        case stale(Part)
        /// A leaf that we could not match: our normalising may be incomplete, so this never condemns.
        case unmatched
    }

    /// Where, in the words of the configuration: `scrape_configs[node].scheme`.
    public let path: String
    /// What it means.
    public let kind: Kind
    /// One sentence, without secrets.
    public let message: String

    /// A difference at a place.
    public init(path: String, kind: Kind, message: String) {
        self.path = path
        self.kind = kind
        self.message = message
    }

    /// Whether it means that the process does not serve what is declared.
    public var isFailure: Bool {
        switch kind {
        case .missing, .stale: true
        case .unmatched: false
        }
    }

    /// Place and message.
    public var description: String { "\(path): \(message)" }
}
