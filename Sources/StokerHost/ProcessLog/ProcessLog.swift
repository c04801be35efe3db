// ProcessLog: why a reload went wrong stands in the process's log and nowhere else: the answer to a half-applied reload
// says only that it is one. The log is read where it can be had (a file, journald, the container engine) from the moment of
// the reload on, bounded, and quoted redacted. It explains a failure; it never proves a success.

import Glibc
import HTTP
import StokerCore

/// The log of one process.
struct ProcessLog: Sendable {
    /// A point in the log.
    struct Mark: Hashable, Sendable {
        /// The wall clock, which journald and the engine go by, in seconds since 1970.
        let seconds: Int64
        /// Of a file: which one it was, and how long.
        let file: FileIdentity?
        let size: Int64
    }

    /// The last bytes and lines that are looked at.
    private static let bytes = 256 << 10
    private static let lines = 500

    let place: TargetConfiguration.LogPlace
    let http: HTTPClient
    /// Of `journalctl`; nil: the usual small one.
    var environment: [String: String]?
    /// How long `journalctl` may take.
    let limit: Duration

    init(
        _ place: TargetConfiguration.LogPlace, http: HTTPClient, environment: [String: String]? = nil,
        limit: Duration = .seconds(5)
    ) {
        self.limit = limit
        self.place = place
        self.http = http
        self.environment = environment
    }

    /// Now.
    func mark() -> Mark {
        var status = stat()
        guard case .file(let path) = place, stat(path, &status) == 0 else {
            return Mark(seconds: Int64(time(nil)), file: nil, size: 0)
        }
        return Mark(
            seconds: Int64(time(nil)),
            file: FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)),
            size: Int64(status.st_size))
    }

    /// What was written since; nil where it cannot be had, which is nobody's failure.
    func text(since mark: Mark) async -> String? {
        switch place {
        case .file(let path): return Self.tail(path, since: mark)
        case .unit(let unit):
            let result = await ChildProcess.run(
                "journalctl",
                [
                    "--quiet", "--no-pager", "--output=cat", "--unit=\(unit)", "--since=@\(mark.seconds)",
                    "--lines=\(Self.lines)",
                ], environment: environment, limit: limit, outputLimit: Self.bytes)
            return result.exit.isSuccess ? result.standardOutput.text : nil
        case .container(let place):
            let engine = ContainerEngine(socket: place.socket, http: http)
            do throws(ContainerEngine.Problem) {
                let container = try await engine.find(place.name)
                let bytes = try await engine.log(of: container, since: mark.seconds, lines: Self.lines)
                return String(decoding: bytes.suffix(Self.bytes), as: UTF8.self)
            } catch { return nil }
        }
    }

    /// From where the file ended; all of a new one that took its place.
    private static func tail(_ path: String, since mark: Mark) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = Int64(status.st_size)
        let now = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        // Shorter than before: it was emptied.
        let from = now == mark.file && size >= mark.size ? mark.size : 0
        let start = max(from, size - Int64(bytes))
        var buffer = [UInt8](repeating: 0, count: Int(max(0, min(size - start, Int64(bytes)))))
        var filled = 0
        while filled < buffer.count {
            let count = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled, off_t(start) + off_t(filled))
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            filled += count
        }
        return String(decoding: buffer[..<filled], as: UTF8.self)
    }
}
