import Foundation

/// One system call of a log that `strace -f -y` wrote.
public struct SystemCall: Hashable, Sendable {
    /// The thread that made it.
    public let thread: Int32
    /// Its name.
    public let name: String
    /// Which of its thread's calls of this name it is, from 1, among those that were traced: strace's `when=`.
    public let ordinal: Int
    /// Absolute paths of the files it names or has open, in the order of its arguments.
    public let paths: [String]
    /// All between its parentheses.
    public let arguments: String
    /// What it answered; nil where it never returned.
    public let result: String?

    /// Whether it was seen to succeed.
    public var succeeded: Bool { result.map { !$0.hasPrefix("-1 ") && !$0.hasPrefix("?") } ?? false }
    /// Whether strace answered in the kernel's place.
    public var isInjected: Bool { result?.hasSuffix("(INJECTED)") ?? false }

    /// Whether a call of this kind changes a disk: names, bytes, or what of them is durable.
    public var changesDisk: Bool {
        if name == "openat" { return opensForWriting }
        return Self.changing.contains(name) && !paths.isEmpty && paths.allSatisfy { $0.hasPrefix("/") }
    }

    /// Whether it opens a file for writing, or makes it.
    public var opensForWriting: Bool {
        name == "openat" && ["O_WRONLY", "O_RDWR", "O_CREAT"].contains { arguments.contains($0) }
    }

    /// The calls to trace: every one that can change a disk.
    public static let changing: Set<String> = [
        "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "fsync", "fdatasync", "symlink",
        "symlinkat", "mkdir", "mkdirat", "rmdir", "ftruncate", "fallocate", "pwrite64", "write", "openat",
    ]

    /// The calls of a log, in its order; one that is interrupted by another thread's stands where it began.
    public static func parse(_ log: String) -> [SystemCall] {
        var calls: [SystemCall] = []
        var counts: [String: Int] = [:]
        var open: [Int32: Int] = [:]
        for line in log.split(separator: "\n") {
            guard let space = line.firstIndex(of: " "), let thread = Int32(line[..<space]) else { continue }
            let text = line[space...].drop { $0 == " " }
            if text.hasPrefix("<... ") {
                guard let index = open.removeValue(forKey: thread) else { continue }
                calls[index] = calls[index].finished(by: text)
                continue
            }
            guard let parenthesis = text.firstIndex(of: "("),
                text[..<parenthesis].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
            else { continue }
            let name = String(text[..<parenthesis])
            let ordinal = (counts["\(thread) \(name)"] ?? 0) + 1
            counts["\(thread) \(name)"] = ordinal
            if text.hasSuffix("<unfinished ...>") { open[thread] = calls.count }
            calls.append(
                SystemCall(
                    thread: thread, name: name, ordinal: ordinal, text: text[text.index(after: parenthesis)...]))
        }
        return calls
    }

    private init(thread: Int32, name: String, ordinal: Int, text: Substring) {
        self.thread = thread
        self.name = name
        self.ordinal = ordinal
        if let equals = text.range(of: ") = ", options: .backwards)
            ?? text.range(of: #"\)\s+= "#, options: [.regularExpression, .backwards])
        {
            arguments = String(text[..<equals.lowerBound])
            result = String(text[equals.upperBound...])
        } else {
            arguments = String(text)
            result = nil
        }
        paths = Self.paths(name, arguments)
    }

    private init(_ begun: SystemCall, result: String?) {
        thread = begun.thread
        name = begun.name
        ordinal = begun.ordinal
        arguments = begun.arguments
        paths = begun.paths
        self.result = result
    }

    private func finished(by text: Substring) -> SystemCall {
        guard let equals = text.range(of: " = ", options: .backwards) else { return self }
        return SystemCall(self, result: String(text[equals.upperBound...]))
    }

    /// A descriptor is printed as `3</path>`, a name as a quoted string behind the folder it is looked up in.
    private static func paths(_ name: String, _ arguments: String) -> [String] {
        let byDescriptor: Set<String> = ["fsync", "fdatasync", "ftruncate", "fallocate", "pwrite64", "write"]
        var scanner = arguments[...]
        var folder: String?
        var found: [String] = []
        // The text of a link is no path of ours.
        var skips = name.hasPrefix("symlink") ? 1 : 0
        while let mark = scanner.firstIndex(where: { $0 == "<" || $0 == "\"" }) {
            let rest = scanner[scanner.index(after: mark)...]
            guard let end = rest.firstIndex(of: scanner[mark] == "<" ? ">" : "\"") else { break }
            let text = String(rest[..<end])
            scanner = rest[rest.index(after: end)...]
            if byDescriptor.contains(name) { return [text] }
            if arguments[mark] == "<" {
                folder = text
            } else if skips > 0 {
                skips -= 1
            } else {
                found.append(text.hasPrefix("/") ? text : "\(folder ?? "")/\(text)")
                folder = nil
            }
        }
        return found
    }
}
