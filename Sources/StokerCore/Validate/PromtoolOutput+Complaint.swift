extension PromtoolOutput.Complaint {
    /// One complaint of promtool, which may have several causes: one for each.
    ///
    /// - Parameters:
    ///   - lines: its lines, trimmed; at least one.
    ///   - context: the staged file being checked.
    static func reading(_ lines: [Substring], file context: String, names: StagedNames) -> [Self] {
        var file = context
        var head = withoutFile(lines[0], &file, names)
        if head.hasPrefix("yaml: unmarshal errors:") {
            let causes = lines.dropFirst().compactMap { cause($0, file) }
            if !causes.isEmpty { return causes }
        }
        if let rest = head.after("yaml: line "), let (line, message) = numbered(rest) {
            return [Self(file: file, line: line, message: "yaml: \(message)", isSyntax: true)]
        }
        // `5:11: group …`, in places doubled; 0:0 is promtool's "nowhere".
        var line: Int?
        while let (found, rest) = place(head) {
            if line == nil, found > 0 { line = found }
            head = rest
        }
        let message = ([head] + lines.dropFirst()).map(String.init).joined(separator: " ")
        return [Self(file: file, line: line, message: oneLine(message))]
    }

    /// Takes the words off the front that only say which file is meant.
    private static func withoutFile(_ text: Substring, _ file: inout String, _ names: StagedNames) -> Substring {
        if let rest = text.after("parsing YAML file "), let path = names.leadingPath(of: rest) {
            file = String(path)
            return rest.dropFirst(path.count).after(": ") ?? rest
        }
        for words in ["error loading scrape configs: ", "checking SD file "] {
            guard let rest = text.after(words)?.after("\""), let end = rest.firstIndex(of: "\"") else { continue }
            let path = String(rest[..<end])
            // With a pattern the file is unknown: then the place of the pattern is the better one.
            guard !Glob.hasMeta(path), let message = rest[rest.index(after: end)...].after(": ") else { continue }
            file = path
            return message
        }
        if let path = names.leadingPath(of: text), let rest = text.dropFirst(path.count).after(": ") {
            file = String(path)
            return rest
        }
        return text
    }

    /// `line 3: field foo not found in type config.plain`
    private static func cause(_ line: Substring, _ file: String) -> Self? {
        guard let rest = line.after("line "), let (number, message) = numbered(rest) else {
            return line.isEmpty ? nil : Self(file: file, line: nil, message: String(line))
        }
        return Self(file: file, line: number, message: String(message))
    }

    /// `3: message`
    private static func numbered(_ text: Substring) -> (Int, Substring)? {
        guard let colon = text.firstIndex(of: ":"), let number = Int(text[..<colon]) else { return nil }
        return (number, text[text.index(after: colon)...].trimmed)
    }

    /// `5:11: message`
    private static func place(_ text: Substring) -> (Int, Substring)? {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let line = Int(parts[0]), Int(parts[1]) != nil, parts[2].hasPrefix(" ") else {
            return nil
        }
        return (line, parts[2].trimmed)
    }

    /// Runs of white space become one blank.
    private static func oneLine(_ text: String) -> String {
        text.split { $0 == " " || $0 == "\n" || $0 == "\t" }.joined(separator: " ")
    }
}
