import Foundation

/// A program a test started: in a process group of its own, its output in files, stopped by pid.
///
/// Output goes to files and not to pipes, so that nothing blocks and the tail of a log can be shown when a test fails.
public final class Child: @unchecked Sendable {
    /// Process id; also the id of its process group.
    public let pid: pid_t
    /// Where standard output and standard error go.
    public let outputPath: String
    /// Where standard error goes; the same file as `outputPath` unless asked otherwise.
    public let errorPath: String
    // Guarded by `lock`: `waitpid` may be asked from several tasks, and a reaped pid must never be signalled again.
    private let lock = NSLock()
    private var reaped: Exit?

    /// How a program ended.
    public enum Exit: Hashable, Sendable {
        case code(Int32)
        case signal(Int32)
    }

    /// Starts a program found by `Programs.find`.
    ///
    /// - Parameter environment: the whole environment of the program; nil: this process's own.
    public init(
        _ arguments: [String], environment: [String: String]? = nil, directory: String? = nil, output: String,
        error: String? = nil
    ) throws {
        guard let name = arguments.first else { throw TestFailure("no program was named") }
        let program = try Programs.find(name)
        outputPath = output
        errorPath = error ?? output
        pid = try Child.spawn(
            program, arguments, environment ?? ProcessInfo.processInfo.environment, directory, output, errorPath)
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String: String], _ directory: String?,
        _ output: String, _ error: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        if error == output {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        }
        if let directory {
            let changeDirectory: @convention(c) (UnsafeMutableRawPointer, UnsafePointer<CChar>) -> Int32 =
                try glibc("posix_spawn_file_actions_addchdir_np")
            _ = changeDirectory(&actions, directory)
        }
        // Whatever this process has open must not keep a port or a lock of another test alive.
        let closeFrom: @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32 =
            try glibc("posix_spawn_file_actions_addclosefrom_np")
        _ = closeFrom(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        posix_spawnattr_setpgroup(&attributes, 0)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var pid: pid_t = 0
        let code = withCStrings(arguments) { argv in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
                posix_spawn(&pid, program, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else {
            throw TestFailure("\(program) could not be started: \(String(cString: strerror(code)))")
        }
        return pid
    }

    // The two calls are GNU extensions, which Swift's import of the C library leaves out.
    private static func glibc<Function>(_ name: String) throws -> Function {
        guard let symbol = dlsym(nil, name) else { throw TestFailure("the C library has no \(name)") }
        return unsafeBitCast(symbol, to: Function.self)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("an array with a nil in it has a base") }
            return body(base)
        }
    }

    /// How it ended, nil while it runs.
    public func poll() -> Exit? {
        lock.withLock {
            if let reaped { return reaped }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            reaped = status & 0x7f == 0 ? .code((status >> 8) & 0xff) : .signal(status & 0x7f)
            return reaped
        }
    }

    /// Whether it still runs.
    public var isRunning: Bool { poll() == nil }

    /// Sends a signal to the program alone; nothing happens when it is gone.
    public func signal(_ number: Int32) {
        guard poll() == nil else { return }
        kill(pid, number)
    }

    /// Waits for the end of it.
    public func wait(within limit: Duration) async throws -> Exit {
        try await eventually("the end of pid \(pid)", within: limit, every: .milliseconds(5)) { poll() }
    }

    /// Ends its whole process group: SIGTERM, after `patience` SIGKILL. Blocks for at most that long; for clean-up.
    public func stop(patience: Duration = .seconds(5)) {
        if poll() == nil {
            kill(-pid, SIGTERM)
            kill(-pid, SIGCONT)
            let deadline = ContinuousClock.now + patience
            while poll() == nil, ContinuousClock.now < deadline { usleep(5_000) }
        }
        kill(-pid, SIGKILL)
        while poll() == nil { usleep(1_000) }
    }

    /// Ends the program at once, without a chance to tidy up.
    public func killNow() {
        signal(SIGKILL)
        while poll() == nil { usleep(1_000) }
    }

    /// The last lines it printed.
    public func tail(_ lines: Int = 40) -> String {
        (Files.read(errorPath) ?? "").split(separator: "\n", omittingEmptySubsequences: false).suffix(lines)
            .joined(separator: "\n")
    }
}
