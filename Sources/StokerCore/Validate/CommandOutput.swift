/// What a validator of the user's own printed: lines such as `FILE:3:1: message` become findings at their place.
public enum CommandOutput {
    /// Lines kept of output in which no place is named.
    private static let restLines = 5

    /// The lines that begin with a staged file.
    public static func complaints(in text: String, names: StagedNames) -> [PromtoolOutput.Complaint] {
        text.split(separator: "\n").compactMap { line in
            let trimmed = line.trimmed
            guard let path = names.leadingPath(of: trimmed) else { return nil }
            var rest = trimmed.dropFirst(path.count)
            guard rest.hasPrefix(":") else { return nil }
            rest = rest.dropFirst()
            var numbers: [Int] = []
            while numbers.count < 2, let colon = rest.firstIndex(of: ":"), let number = Int(rest[..<colon]) {
                numbers.append(number)
                rest = rest[rest.index(after: colon)...]
            }
            return PromtoolOutput.Complaint(file: String(path), line: numbers.first, message: String(rest.trimmed))
        }
    }

    /// One complaint made of the last lines, where nothing else was understood.
    public static func rest(of text: String, code: Int32) -> PromtoolOutput.Complaint {
        let lines = text.split(separator: "\n").map(\.trimmed).filter { !$0.isEmpty }.suffix(restLines)
        let words = lines.isEmpty ? "the validator said nothing" : lines.joined(separator: " ")
        return PromtoolOutput.Complaint(file: "", line: nil, message: "\(words) (exit code \(code))")
    }
}
