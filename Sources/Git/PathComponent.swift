import StokerCore

/// The names in a tree as text, before anything else looks at them: libgit2 hands out whatever bytes a tree holds.
enum PathComponent {
    /// The text of a name, or why it must not be used. What makes a name dangerous is said in `RelativePath`.
    static func checked(_ bytes: some Collection<UInt8>) -> Result<String, Problem> {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(Problem(message: "a name in the path is not UTF-8"))
        }
        if let problem = RelativePath.componentProblem(text) { return .failure(Problem(message: problem)) }
        return .success(text)
    }

    /// Why a name is refused.
    struct Problem: Error, Equatable {
        let message: String
    }

    /// Any bytes as printable text, for messages about names that are refused: control characters and invalid bytes become `?`.
    static func shown(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(80), as: UTF8.self)
        let printable = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar.properties.generalCategory == .control || scalar == "\u{FFFD}" ? "?" : scalar
        }
        return String(String.UnicodeScalarView(printable))
    }
}
