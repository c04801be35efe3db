/// What a validator says about a file, in terms of the repository.
public struct Finding: Hashable, Codable, Sendable, CustomStringConvertible {
    /// Path in the repository, or of the tool where no file is known; may be empty.
    public let file: String
    /// Counted from 1, where known.
    public let line: Int?
    /// What is wrong with it, without the place.
    public let message: String

    /// A finding; without a line where none is known.
    public init(file: String, line: Int? = nil, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    /// `file:line: message`, as compilers have it, as far as the place is known.
    public var description: String {
        if file.isEmpty { return message }
        if let line { return "\(file):\(line): \(message)" }
        return "\(file): \(message)"
    }
}
