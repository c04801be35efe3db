// Children: other programs, run so that they cannot hurt us. Each gets a session of its own, a small explicit
// environment, a limit in time after which its whole process group is killed, and a bound on what is kept of its output.
// A non-zero exit is a value and not an error; so is a program that is not there. Nothing here blocks the threads that
// other tasks run on: waiting and reading are done by swift-subprocess with epoll and pidfds.

import Glibc
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs one program to its end.
public enum ChildProcess {
    /// Whether both output streams are kept apart or as one, in the order they were written.
    public enum Streams: Sendable { case separate, combined }

    /// What becomes of a program that says more than is kept: it goes on and the last bytes are kept, or it is ended, and
    /// what was dropped is all that counts.
    public enum Overflow: Sendable { case keepLast, end }

    /// How long a process group may take to end itself after SIGTERM before it is killed.
    private static let grace = Duration.seconds(2)

    /// A program that ends without reading its input must not end us: writing to it shall fail instead. Set once, for
    /// the whole process; libcurl and libgit2 want the same.
    private static let brokenPipesAreErrors: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    /// Runs a program and waits for its end, which is never later than a little after `limit`. If the calling task is
    /// cancelled the program is ended in the same way and counts as timed out.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is looked up on the PATH of `environment`.
    ///   - environment: all of the program's environment; nil: ``ChildEnvironment/minimal``.
    ///   - workingDirectory: nil: ours.
    ///   - input: bytes for standard input; none: it is closed at once.
    ///   - limit: wall time; then SIGTERM, and SIGKILL two seconds later, to the whole process group.
    ///   - outputLimit: bytes kept of each stream.
    ///   - overflow: what happens where standard output has more.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil, workingDirectory: String? = nil,
        input: [UInt8] = [], limit: Duration, outputLimit: Int = 1 << 20, streams: Streams = .separate,
        overflow: Overflow = .keepLast
    ) async -> ChildResult {
        _ = brokenPipesAreErrors
        let environment = environment ?? ChildEnvironment.minimal()
        let start = ContinuousClock.now
        let output = TailBuffer(limit: outputLimit)
        let errors = TailBuffer(limit: outputLimit)
        var exit: ChildResult.Exit
        if let path = ChildEnvironment.find(program, path: environment["PATH"] ?? "") {
            let configuration = Subprocess.Configuration(
                executable: .path(FilePath(path)), arguments: Arguments(arguments), environment: custom(environment),
                workingDirectory: workingDirectory.map { FilePath($0) }, platformOptions: options())
            exit = await limited(limit) {
                await run(
                    configuration, input: input, streams: streams, overflow: overflow, output: output, errors: errors)
            }
            if case .couldNotStart(let why) = exit { exit = .couldNotStart("cannot start \(program): \(why)") }
        } else {
            exit = .couldNotStart("\(program) was not found on PATH")
        }
        return ChildResult(
            exit: exit, standardOutput: output.take(), standardError: errors.take(),
            duration: ContinuousClock.now - start)
    }

    /// Cancels the work when time is up; cancelling is what makes swift-subprocess end the child.
    private static func limited(
        _ limit: Duration, _ work: @escaping @Sendable () async -> ChildResult.Exit
    ) async -> ChildResult.Exit {
        await withTaskGroup(of: ChildResult.Exit?.self) { group in
            group.addTask { await work() }
            group.addTask {
                // Ends early, by throwing, when the work is done or the caller was cancelled.
                do { try await Task.sleep(for: limit) } catch { return nil }
                return .timedOut
            }
            var timedOut = Task.isCancelled
            var exit = ChildResult.Exit.timedOut
            while let next = await group.next() {
                switch next {
                case .some(.timedOut): timedOut = true
                case .some(let ended): exit = ended
                case .none: timedOut = timedOut || Task.isCancelled
                }
                group.cancelAll()
            }
            if timedOut, case .couldNotStart = exit { return exit }
            return timedOut ? .timedOut : exit
        }
    }

    private static func run(
        _ configuration: Subprocess.Configuration, input: [UInt8], streams: Streams, overflow: Overflow,
        output: TailBuffer, errors: TailBuffer
    ) async -> ChildResult.Exit {
        do {
            switch streams {
            case .separate:
                let result = try await Subprocess.run(
                    configuration, input: .inputWriter, output: .sequence, error: .sequence
                ) { execution in
                    async let fed: Void = feed(input, to: execution.standardInputWriter)
                    async let drained: Void = output.drain(execution.standardOutput) {
                        if overflow == .end { endGroup(execution.processIdentifier.value) }
                    }
                    await errors.drain(execution.standardError)
                    _ = await (fed, drained)
                    endGroupIfLeaderIsGone(execution.processIdentifier.value)
                }
                return ChildResult.Exit(result.terminationStatus)
            case .combined:
                let result = try await Subprocess.run(
                    configuration, input: .inputWriter, output: .sequence, error: .combinedWithOutput
                ) { execution in
                    async let fed: Void = feed(input, to: execution.standardInputWriter)
                    await output.drain(execution.standardOutput) {
                        if overflow == .end { endGroup(execution.processIdentifier.value) }
                    }
                    await fed
                    endGroupIfLeaderIsGone(execution.processIdentifier.value)
                }
                return ChildResult.Exit(result.terminationStatus)
            }
        } catch {
            return .couldNotStart("\(error)")
        }
    }

    /// Writes all input and closes it. (Given as a value, swift-subprocess 1.0.2 leaks the pipe, and then traps, when the
    /// program ends without reading.)
    private static func feed(_ input: [UInt8], to writer: StandardInputWriter) async {
        do throws(SubprocessError) {
            if !input.isEmpty { _ = try await writer.write(input) }
        } catch {
            // The program did not want it all. What it makes of that shows in its exit.
        }
        do throws(SubprocessError) { try await writer.finish() } catch { return }
    }

    /// Kills a program that goes on without end; it is not reaped yet, so its number is its own.
    private static func endGroup(_ leader: pid_t) { _ = kill(-leader, SIGKILL) }

    /// Kills what a program left behind. Its own process is not reaped yet, so its number cannot have been given to
    /// somebody else; a program that only closed its output and works on is left alone.
    private static func endGroupIfLeaderIsGone(_ leader: pid_t) {
        var information = siginfo_t()
        let code = waitid(P_PID, id_t(leader), &information, WEXITED | WNOHANG | WNOWAIT)
        if code == 0, information.si_signo == SIGCHLD { _ = kill(-leader, SIGKILL) }
    }

    private static func options() -> PlatformOptions {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)]
        return options
    }

    private static func custom(_ environment: [String: String]) -> Environment {
        .custom(environment.map { Array("\($0.key)=\($0.value)".utf8) + [0] })
    }
}
