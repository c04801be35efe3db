/// What the validators of the other kinds printed, as findings. Learned from amtool 0.25 and 0.33 (`FAILED: …`), the exporters
/// (logfmt, the cause under `err`) and VictoriaMetrics 1.79 (`time<TAB>fatal<TAB>source<TAB>cause`). Whatever is not
/// understood stays a finding with its text.
public enum FamilyOutput {
    /// Complaints; `file` is a staged path or empty for the main file.
    /// - Parameter templates: staged template files, which are only called by their last name.
    public static func complaints(
        in text: String, names: StagedNames, templates: [String] = []
    ) -> [PromtoolOutput.Complaint] {
        var found: [PromtoolOutput.Complaint] = []
        for cause in causes(text) {
            if let complaint = aboutTemplate(cause, templates) {
                found.append(complaint)
                continue
            }
            for complaint in complaints(of: cause, names) where !found.contains(complaint) { found.append(complaint) }
        }
        return found
    }

    /// The text of each cause, with line ends where the program had them.
    private static func causes(_ text: String) -> [String] {
        var causes: [String] = []
        var goesOn = false
        for line in text.split(separator: "\n") {
            if let found = cause(in: line) {
                causes.append(found)
                goesOn = true
            } else if goesOn, line.hasPrefix("  "), !line.trimmed.hasPrefix("SUCCESS") {
                causes[causes.count - 1] += "\n" + line
            } else {
                goesOn = false
            }
        }
        return causes
    }

    private static func cause(in line: Substring) -> String? {
        if let at = line.firstRange(of: "FAILED: ") { return String(line[at.upperBound...]) }
        // Newer exporters begin with `time=` and shout their level.
        let isError = line.contains("level=error") || line.contains("level=ERROR")
        if line.hasPrefix("ts=") || line.hasPrefix("time=") || isError {
            guard isError, let at = line.firstRange(of: " err=") else { return nil }
            return unquoted(line[at.upperBound...])
        }
        let fields = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 4, fields[1] == "fatal" || fields[1] == "error" else { return nil }
        return String(fields[3])
    }

    /// Go's quoted text, or a bare word.
    private static func unquoted(_ text: Substring) -> String {
        guard text.first == "\"" else { return String(text.prefix { $0 != " " }) }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst() {
            if isEscaped {
                result.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                break
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// One for each `line N:` of a cause, else one for all of it.
    private static func complaints(of cause: String, _ names: StagedNames) -> [PromtoolOutput.Complaint] {
        let file = stagedPath(in: cause, names)
        let lines = cause.split(separator: "\n").map(\.trimmed)
        var found: [PromtoolOutput.Complaint] = []
        for line in lines {
            guard let at = line.firstRange(of: "line ") else { continue }
            let rest = line[at.upperBound...]
            guard let colon = rest.firstIndex(of: ":"), let number = Int(rest[..<colon]) else { continue }
            var message = rest[rest.index(after: colon)...].trimmed
            if let hint = message.firstRange(of: "; pass -promscrape") { message = message[..<hint.lowerBound] }
            found.append(
                PromtoolOutput.Complaint(
                    file: file, line: number, message: String(message),
                    isSyntax: line[..<at.lowerBound].hasSuffix("yaml: ")))
        }
        if !found.isEmpty { return found }
        let whole = lines.joined(separator: " ")
        return whole.isEmpty ? [] : [PromtoolOutput.Complaint(file: file, line: nil, message: whole)]
    }

    /// `template: a.tmpl:2: unclosed action`, `failed to parse templates: template: …`
    private static func aboutTemplate(_ cause: String, _ templates: [String]) -> PromtoolOutput.Complaint? {
        guard let at = cause.firstRange(of: "template: ") else { return nil }
        let parts = cause[at.upperBound...].split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let line = Int(parts[1]) else { return nil }
        let fitting = templates.filter { LexicalPath.name(of: $0) == parts[0] }
        guard fitting.count == 1 else { return nil }
        return PromtoolOutput.Complaint(file: fitting[0], line: line, message: String(parts[2].trimmed))
    }

    /// The last staged file that is named in quotes: the causes come from the outside in.
    private static func stagedPath(in cause: String, _ names: StagedNames) -> String {
        let parts = cause.split(separator: "\"", omittingEmptySubsequences: false)
        for part in parts.reversed() where part.hasPrefix("/") && !Glob.hasMeta(String(part)) {
            if names.name(of: String(part)) != nil { return String(part) }
        }
        return ""
    }
}
