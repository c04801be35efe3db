import Glibc

/// Reads a small file whole: secrets, pid files, files of `/proc`. A link is followed: an operator's choice.
enum SmallFile {
    struct Problem: Error {
        /// `errno`, 0 where the file is too large.
        let code: Int32
        let message: String
    }

    static func read(_ path: String, limit: Int) -> Result<[UInt8], Problem> {
        // Not to hang on a FIFO that nobody writes to.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .failure(problem()) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(problem())
            }
            if count == 0 { return .success(bytes) }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > limit { return .failure(Problem(code: 0, message: "larger than \(limit) bytes")) }
        }
    }

    /// What a link says; nil where there is none, or none that may be read.
    static func link(_ path: String) -> String? {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &text, text.count)
        return count < 0 ? nil : String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func problem() -> Problem {
        let code = errno
        return Problem(code: code, message: String(cString: strerror(code)))
    }
}
