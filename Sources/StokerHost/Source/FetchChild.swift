import CPlatform
import FoundationEssentials
import Git
import Glibc
import StokerCore

/// The child's side of a fetch: the same binary, started with the hidden argument `__fetch`.
///
/// It reads one line of JSON from stdin, fetches, and writes lines of JSON to stdout. When stdin closes, the parent is gone and it exits at
/// once, whatever libgit2 is doing; it also asks the kernel to be killed with the thread that started it.
public enum FetchChild {
    /// The hidden argument.
    public static let argument = "__fetch"
    /// A request is small: URLs, refs and a token.
    private static let requestLimit = 1 << 20

    /// Runs the fetch and returns the exit code: 0 when a result line was written, also when it says that the fetch failed.
    /// To be called first thing in the executable, before arguments are parsed.
    public static func main() -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        guard let request = readRequest() else { return 64 }
        guard watchParent() else {
            return write(.failed(FetchFailure(.local, "could not start a thread in the fetch child")))
        }
        _ = platform_git_die_with_parent()
        guard platform_git_limit_memory(UInt64(request.memoryBytes)) == 0 else {
            return write(
                .failed(
                    FetchFailure(
                        .local,
                        "could not limit the memory of the fetch child to source.limits.max_memory: \(String(cString: strerror(errno)))"
                    )))
        }
        var code: Int32 = 70
        do throws(FetchFailure) {
            var fetch = Fetch(request)
            try fetch.run(stage: { _ = write(.stage($0)) }, answer: { code = write(.fetched($0)) })
            return code
        } catch {
            return write(.failed(error))
        }
    }

    /// One line, byte by byte in one go: what follows it on stdin is only ever its end.
    private static func readRequest() -> FetchRequest? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.last != UInt8(ascii: "\n") {
            let count = buffer.withUnsafeMutableBytes { read(0, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0, bytes.count < requestLimit else { return nil }
            bytes += buffer[..<count]
        }
        do { return try JSONDecoder().decode(FetchRequest.self, from: Data(bytes)) } catch { return nil }
    }

    /// A thread that waits for the end of stdin and ends the program without any clean-up: the main thread may hang in libgit2 for ever.
    private static func watchParent() -> Bool {
        var thread = pthread_t()
        return pthread_create(
            &thread, nil,
            { _ in
                var byte: UInt8 = 0
                while true {
                    let count = read(0, &byte, 1)
                    if count == 0 || (count < 0 && errno != EINTR) { _exit(3) }
                }
            }, nil) == 0
    }

    /// Writes one line; the parent reads until the end of stdout, so this does not block for long.
    private static func write(_ line: FetchLine) -> Int32 {
        let bytes: [UInt8]
        do { bytes = Array(try JSONEncoder().encode(line)) + [UInt8(ascii: "\n")] } catch { return 70 }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return 74 }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
