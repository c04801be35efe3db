/// Why a deployment is refused before anything is written: one sentence that names the path and what to do.
public struct DeployRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Absolute path, or relative to the tree where it is about the repository.
    public let path: String
    /// One sentence: what is in the way, and what to do.
    public let message: String
    /// The system call behind it, where the refusal is no rule of ours.
    public let cause: DiskError?

    /// A refusal by a rule of ours, or with the system call behind it.
    public init(path: String, _ message: String, cause: DiskError? = nil) {
        self.path = path
        self.message = message
        self.cause = cause
    }

    init(looking error: DiskError) {
        self.init(path: error.path, "cannot look at \(error.path): \(error.message)", cause: error)
    }

    /// The message.
    public var description: String { message }
}
