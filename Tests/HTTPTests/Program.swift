import Glibc

/// Another program, run to its end or until stopped. One that is missing is an error, never a skip.
final class Program {
    private let pid: pid_t
    private let output: Int32

    struct Failure: Error {
        let what: String
    }

    init(_ words: [String]) throws {
        var ends: [Int32] = [0, 0]
        // Close-on-exec from the start: a program of another test would keep it open.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failure(what: "no socket pair (\(errno))") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, nil, arguments, environ)
        Glibc.close(ends[1])
        output = ends[0]
        self.pid = pid
        guard code == 0 else { throw Failure(what: "\(words[0]) cannot be started, install it (\(code))") }
    }

    /// Runs a program to its end; anything but success is an error with what it printed.
    static func run(_ words: [String]) throws {
        let program = try Program(words)
        let text = program.readAll()
        let status = program.wait()
        guard status == 0 else { throw Failure(what: "\(words.joined(separator: " ")): \(text)") }
    }

    /// Reads what it prints up to a line with this beginning, and answers the rest of that line.
    func line(after beginning: String) throws -> String {
        var text = ""
        var byte: UInt8 = 0
        var seen = ""
        while read(output, &byte, 1) == 1 {
            if byte == UInt8(ascii: "\n") {
                if text.hasPrefix(beginning) { return String(text.dropFirst(beginning.count)) }
                seen += text + "\n"
                text = ""
            } else {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        throw Failure(what: "it ended without \(beginning): \(seen)")
    }

    func stop() {
        kill(pid, SIGKILL)
        _ = wait()
    }

    private func readAll() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func wait() -> Int32 {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        Glibc.close(output)
        return status
    }
}
