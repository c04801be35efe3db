// Model: the values everything else talks about. They are small, immutable and know nothing of files, processes or
// clocks. Identity is the thread through them: a *revision* is what git calls a commit, a *content* is what an
// environment's folder looks like at that revision. Verdicts belong to contents, signatures to revisions.

/// The name of an environment, as written in the configuration; unique in one file.
public struct EnvironmentName: RawRepresentable, Hashable, Comparable, Codable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// As written in stoker.yml, where at most 63 letters, digits, `-`, `_` and `.` are allowed.
    public let rawValue: String
    /// Takes the text unchecked.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Takes the text unchecked.
    public init(_ name: String) { rawValue = name }
    /// Takes the text unchecked; for tests and defaults.
    public init(stringLiteral value: String) { rawValue = value }
    /// The bare name.
    public var description: String { rawValue }
    /// By text, for a stable order of output.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A process and its configuration tree.
public enum Target {
    /// The name of a target, unique in its environment.
    public struct ID: RawRepresentable, Hashable, Comparable, Codable, Sendable, ExpressibleByStringLiteral,
        CustomStringConvertible
    {
        /// As written in stoker.yml, where at most 63 letters, digits, `-`, `_` and `.` are allowed.
        public let rawValue: String
        /// Takes the text unchecked.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// Takes the text unchecked.
        public init(_ name: String) { rawValue = name }
        /// Takes the text unchecked; for tests and defaults.
        public init(stringLiteral value: String) { rawValue = value }
        /// The bare name.
        public var description: String { rawValue }
        /// By text, for a stable order of output.
        public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }
}

/// A git object id of a file's bytes (40 lower-case hexadecimal digits): `sha1("blob <size>\0" + bytes)`.
/// A file on disk has one too, so that disk and repository are compared without reading the repository.
public struct BlobID: RawRepresentable, Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// 40 lower-case hexadecimal digits, where it comes from git or from hashing.
    public let rawValue: String
    /// Takes the text unchecked; the repository refuses what is no object id.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Takes the text unchecked; the repository refuses what is no object id.
    public init(_ hex: String) { rawValue = hex }
    /// All digits.
    public var description: String { rawValue }
    /// By digits, for a stable order of output.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A git commit id (40 lower-case hexadecimal digits).
public struct CommitID: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
    /// 40 lower-case hexadecimal digits, where it comes from git or from stoker.yml.
    public let rawValue: String
    /// Takes the text unchecked.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Takes the text unchecked.
    public init(_ hex: String) { rawValue = hex }
    /// All digits.
    public var description: String { rawValue }
}

/// The identity of what an environment looks like: SHA-256 (64 hexadecimal digits) over its sorted (mode, blob, path)
/// listing. Two commits with the same content are the same to Stoker: verdicts are inherited.
public struct ContentID: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits, where it comes from hashing.
    public let rawValue: String
    /// Takes the text unchecked; computes nothing.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Takes the text unchecked; computes nothing.
    public init(_ hex: String) { rawValue = hex }
    /// All digits; see `short` for people.
    public var description: String { rawValue }
    /// The first twelve digits, for people.
    public var short: String { String(rawValue.prefix(12)) }
}
