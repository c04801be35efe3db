/// A commit and the ref it was found under, printed as `main@sha1:3fa9c1d…`.
public struct Revision: Hashable, Sendable, CustomStringConvertible {
    /// The branch, tag or commit asked for, as in the configuration.
    public let ref: String
    /// What the ref pointed to when it was read.
    public let commit: CommitID

    /// Two parts as git gave them, unchecked.
    public init(ref: String, commit: CommitID) {
        self.ref = ref
        self.commit = commit
    }

    /// Reads `ref@sha1:commit`; nil where the text has another form.
    public init?(_ text: String) {
        let mark = "@sha1:"
        var split: String.Index?
        var at = text.startIndex
        while at < text.endIndex {
            if text[at...].hasPrefix(mark) { split = at }
            at = text.index(after: at)
        }
        guard let split else { return nil }
        let commit = text[text.index(split, offsetBy: mark.count)...]
        guard !commit.isEmpty, commit.allSatisfy({ $0.isHexDigit }) else { return nil }
        self.init(ref: String(text[..<split]), commit: CommitID(String(commit)))
    }

    /// `ref@sha1:commit` with all digits, as `init(_:)` reads it.
    public var description: String { "\(ref)@sha1:\(commit)" }

    /// With seven digits of the commit, for people.
    public var short: String { "\(ref)@sha1:\(commit.rawValue.prefix(7))" }
}

extension Revision: Codable {
    /// Reads the text of `description`; a `DecodingError` where it has another form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let revision = Revision(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a revision: \(text)")
        }
        self = revision
    }

    /// Writes `description` as one string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
