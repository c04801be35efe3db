import CLibgit2

/// One entry of a tree: a file, a link, a submodule or a folder.
public struct TreeEntry: Sendable, Hashable {
    /// What git records about an entry besides its name: a closed set.
    public enum Mode: UInt32, Sendable, Hashable {
        /// An ordinary file.
        case file = 0o100644
        /// A file that may be executed.
        case executable = 0o100755
        /// A symbolic link; the blob is its target.
        case link = 0o120000
        /// A commit of another repository.
        case submodule = 0o160000
        /// A folder.
        case folder = 0o040000

        /// Reads a raw mode; the group-writable files of old repositories count as ordinary ones, anything else is nil.
        init?(raw: git_filemode_t) {
            switch raw {
            case GIT_FILEMODE_BLOB, git_filemode_t(0o100664): self = .file
            case GIT_FILEMODE_BLOB_EXECUTABLE: self = .executable
            case GIT_FILEMODE_LINK: self = .link
            case GIT_FILEMODE_COMMIT: self = .submodule
            case GIT_FILEMODE_TREE: self = .folder
            default: return nil
            }
        }

        /// As git prints it: six octal digits.
        public var octal: String {
            let text = String(rawValue, radix: 8)
            return String(repeating: "0", count: 6 - text.utf8.count) + text
        }
    }

    /// The path from the folder that was walked (or asked), with `/` between components.
    public let path: String
    /// What it is.
    public let mode: Mode
    /// The blob, tree or commit.
    public let id: ObjectID

    /// An entry with these facts.
    public init(path: String, mode: Mode, id: ObjectID) {
        self.path = path
        self.mode = mode
        self.id = id
    }
}
