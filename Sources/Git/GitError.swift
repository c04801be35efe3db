import CLibgit2

/// What libgit2 refused to do, and why.
///
/// Limits and malformed trees that this module finds by itself are reported with codes of its own (`limit`, `badTree`), outside libgit2's range.
public struct GitError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The return code: an open set, as libgit2 adds to it.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// libgit2's number, or one of ours below -1000.
        public let rawValue: Int32

        /// Takes any number that libgit2 returned.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// Nothing more precise.
        public static let generic = Code(rawValue: GIT_ERROR.rawValue)
        /// The object, reference or path does not exist.
        public static let notFound = Code(rawValue: GIT_ENOTFOUND.rawValue)
        /// Several objects have a name that starts so.
        public static let ambiguous = Code(rawValue: GIT_EAMBIGUOUS.rawValue)
        /// A callback of ours ended the work.
        public static let stopped = Code(rawValue: GIT_EUSER.rawValue)
        /// Another program holds the lock file of a reference.
        public static let locked = Code(rawValue: GIT_ELOCKED.rawValue)
        /// The name of a reference or object is not a valid one.
        public static let invalidName = Code(rawValue: GIT_EINVALIDSPEC.rawValue)
        /// The server closed the connection in the middle.
        public static let endOfFile = Code(rawValue: GIT_EEOF.rawValue)
        /// An object's bytes do not have the hash of its name: the repository is damaged.
        public static let mismatch = Code(rawValue: GIT_EMISMATCH.rawValue)
        /// A limit of the caller was reached.
        public static let limit = Code(rawValue: -1001)
        /// The server sent more bytes than the caller allows.
        public static let tooManyBytes = Code(rawValue: -1005)
        /// The server has more references than the caller allows.
        public static let tooManyReferences = Code(rawValue: -1004)
        /// A tree holds what git itself would never write: names such as `..`, `.git` or `a/b`, or two entries of one name.
        public static let badTree = Code(rawValue: -1002)
        /// The connection that the caller gave failed, and knows why.
        public static let connection = Code(rawValue: -1003)
    }

    /// The part of libgit2 that failed: an open set.
    public struct Area: RawRepresentable, Sendable, Hashable {
        /// libgit2's number (`git_error_t`).
        public let rawValue: Int32

        /// Takes any number that libgit2 reports.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// No part, or one of our own findings.
        public static let none = Area(rawValue: Int32(GIT_ERROR_NONE.rawValue))
        /// Memory ran out.
        public static let memory = Area(rawValue: Int32(GIT_ERROR_NOMEMORY.rawValue))
        /// The operating system refused a call.
        public static let system = Area(rawValue: Int32(GIT_ERROR_OS.rawValue))
        /// References.
        public static let reference = Area(rawValue: Int32(GIT_ERROR_REFERENCE.rawValue))
        /// The object database.
        public static let objects = Area(rawValue: Int32(GIT_ERROR_ODB.rawValue))
        /// Sockets and the protocol.
        public static let network = Area(rawValue: Int32(GIT_ERROR_NET.rawValue))
        /// The indexer, which checks a received pack.
        public static let indexer = Area(rawValue: Int32(GIT_ERROR_INDEXER.rawValue))
        /// The configuration file of a repository.
        public static let configuration = Area(rawValue: Int32(GIT_ERROR_CONFIG.rawValue))
        /// Unpacking of an object.
        public static let zlib = Area(rawValue: Int32(GIT_ERROR_ZLIB.rawValue))
        /// The form of an object.
        public static let object = Area(rawValue: Int32(GIT_ERROR_OBJECT.rawValue))
        /// The form of a tree.
        public static let tree = Area(rawValue: Int32(GIT_ERROR_TREE.rawValue))
        /// The opening of a repository.
        public static let repository = Area(rawValue: Int32(GIT_ERROR_REPOSITORY.rawValue))
    }

    /// libgit2's return code.
    public let code: Code
    /// libgit2's error class.
    public let area: Area
    /// What failed and why, on one line. libgit2's own text may hold the URL of a fetch: show it redacted.
    public let message: String
    /// Why, in the words of libgit2 alone; the message where there are none.
    public let cause: String

    /// An error with these facts.
    public init(code: Code, area: Area = .none, message: String, cause: String? = nil) {
        self.code = code
        self.area = area
        self.message = message
        self.cause = cause ?? message
    }

    /// The message and the two numbers, for logs.
    public var description: String { "\(message) (libgit2 code \(code.rawValue), class \(area.rawValue))" }

    /// Reads this thread's last error; called at once after the call that failed, as any other call overwrites it.
    static func last(_ code: Int32, while doing: String) -> GitError {
        // After a callback's own refusal (EUSER, EAUTH) there may be no message, or a stale one of an earlier call.
        guard let error = git_error_last(), error.pointee.message != nil else {
            return GitError(code: Code(rawValue: code), message: "could not \(doing)")
        }
        let text = String(cString: error.pointee.message)
        let area = Area(rawValue: error.pointee.klass)
        git_error_clear()
        return GitError(code: Code(rawValue: code), area: area, message: "could not \(doing): \(text)", cause: text)
    }
}
