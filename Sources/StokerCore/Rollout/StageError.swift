/// Why staging failed. Nothing live was changed, and what had been staged is removed.
public enum StageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The deployment must not be done like this; it is a matter of configuration or permissions.
    case refused(DeployRefusal)
    /// A system call failed.
    case disk(DiskError)
    /// Bytes of a file cannot be had.
    case bytes(path: String, BlobUnavailable)
    /// What was written is not what was asked for.
    case corrupt(path: String, expected: BlobID, found: BlobID)

    /// One sentence.
    public var message: String {
        switch self {
        case .refused(let refusal): refusal.message
        case .disk(let error): "cannot stage the deployment: \(error)"
        case .bytes(let path, let error): "cannot stage \(path): \(error.message)"
        case .corrupt(let path, let expected, let found):
            "the staged copy of \(path) reads back as \(found) instead of \(expected): check the disk"
        }
    }

    /// The message.
    public var description: String { message }
}
