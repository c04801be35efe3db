/// What promtool printed, as findings. Learned from promtool 2.42, 2.53 and 3.5; whatever is not understood stays a finding
/// with its text, so that a new version may cost a line number and never a message.
///
/// The output is that of both streams together, because only their order tells which file a complaint is about.
public struct PromtoolOutput: Sendable {
    /// A complaint. `file` is a staged path, or empty; the message still has staged paths in it.
    public struct Complaint: Hashable, Sendable {
        /// The staged path it is about, or empty.
        public var file: String
        /// Counted from 1, where promtool says it.
        public var line: Int?
        /// In promtool's words, on one line.
        public var message: String
        /// Set where the YAML itself is broken: the line is then only near the fault.
        public var isSyntax: Bool = false
    }

    /// What promtool refuses.
    public private(set) var errors: [Complaint] = []
    /// What it only mentions.
    public private(set) var warnings: [Complaint] = []

    private let names: StagedNames
    private var file = ""
    private var inFailure = false
    private var inTests = false
    /// Files of tests that no line has spoken of yet, in the order promtool was given them.
    private var untold: ArraySlice<String>
    /// Lines of the complaint being read.
    private var pending: [Substring] = []

    /// Reads the text of one run.
    /// - Parameter tests: the files of tests it was given: promtool 3 says what came of each without saying of which.
    public init(_ text: String, names: StagedNames, tests: [String] = []) {
        self.names = names
        untold = tests[...]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { read(line) }
        flush()
    }

    private mutating func read(_ line: Substring) {
        let trimmed = line.trimmed
        if line == "  FAILED:" || line == "  SUCCESS", let path = untold.popFirst() {
            begin(file: path[...], tests: true)
        }
        if let path = trimmed.after("Checking ") {
            begin(file: path, tests: false)
        } else if let path = trimmed.after("Unit Testing:") {
            untold = []
            begin(file: path.trimmed, tests: true)
        } else if let message = trimmed.after("promtool: error: ") {
            begin(file: "", tests: false)
            errors.append(Complaint(file: "", line: nil, message: String(message)))
        } else if let message = trimmed.after("WARNING: ") {
            flush()
            warnings.append(Complaint(file: file, line: nil, message: String(message)))
        } else if let message = trimmed.after("FAILED:") {
            flush()
            inFailure = true
            if !message.trimmed.isEmpty { pending = [message.trimmed] }
        } else if let path = names.leadingPath(of: trimmed), trimmed.dropFirst(path.count).hasPrefix(" FAILED: ") {
            // check web-config: `FILE FAILED: message`
            begin(file: path, tests: false)
            inFailure = true
            pending = [trimmed.dropFirst(path.count + " FAILED: ".count)]
        } else if trimmed.hasPrefix("SUCCESS") || trimmed.hasSuffix(" SUCCESS") {
            flush()
            inFailure = false
        } else {
            continueFailure(line, trimmed)
        }
    }

    private mutating func begin(file path: Substring, tests: Bool) {
        flush()
        file = String(path)
        inFailure = false
        inTests = tests
    }

    private mutating func continueFailure(_ line: Substring, _ trimmed: Substring) {
        guard inFailure else { return }
        if trimmed.isEmpty {
            // A blank line ends one failed case of a test, and the complaints about one file.
            flush()
            if !inTests { inFailure = false }
        } else if !inTests, line.hasPrefix("     ") || names.leadingPath(of: trimmed) != nil {
            flush()
            pending = [trimmed]
        } else {
            pending.append(trimmed)
        }
    }

    private mutating func flush() {
        guard !pending.isEmpty else { return }
        let found = Complaint.reading(pending, file: file, names: names)
        if pending[0].hasPrefix("lint error") {
            warnings += found
        } else {
            // promtool repeats a syntax error for each pass over the file.
            for complaint in found where !errors.contains(complaint) { errors.append(complaint) }
        }
        pending = []
    }
}

extension Substring {
    /// Without blanks at both ends.
    var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" && $0 != "\r" }) else { return "" }
        return start[...last]
    }

    /// What follows a prefix; nil where the text has another one.
    func after(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}
