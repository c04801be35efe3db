import FoundationEssentials
import Glibc
import StokerCore
import Subprocess
import SystemPackage

/// The parent's side of a fetch: starts the child, listens to it, and kills it when its time is over.
struct FetchProcess {
    let source: GitSource
    /// When it is killed.
    let end: ContinuousClock.Instant
    let onProgress: @Sendable (FetchStage) -> Void
    private let url: SourceURL

    init(source: GitSource, end: ContinuousClock.Instant, onProgress: @escaping @Sendable (FetchStage) -> Void) {
        self.source = source
        self.end = end
        self.onProgress = onProgress
        url = SourceURL(source.configuration.url)
    }

    /// What became of the child.
    private struct Ending {
        var lines: FetchLines
        var timedOut: Bool
    }

    /// Writing to a child that is already gone must be an error and not the end of the daemon.
    private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    func run(_ request: FetchRequest) async -> FetchOutcome {
        Self.ignoresBrokenPipes
        do {
            let line = Array(try JSONEncoder().encode(request)) + [UInt8(ascii: "\n")]
            let result = try await Subprocess.run(
                .path(FilePath(source.executable)), arguments: [FetchChild.argument],
                // A crash of the child must end it at once; a backtrace would take seconds and megabytes.
                environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]),
                platformOptions: Self.options, input: .inputWriter, output: .sequence, error: .discarded
            ) { execution in
                // stdin stays open until this returns: its closing tells the child that we are gone.
                try await listen(to: execution, request: line)
            }
            if Task.isCancelled {
                return .failed(FetchFailure(.cancelled, "the fetch from \(url.shown) was cancelled"))
            }
            return outcome(result.closureResult, result.terminationStatus)
        } catch {
            if Task.isCancelled {
                return .failed(FetchFailure(.cancelled, "the fetch from \(url.shown) was cancelled"))
            }
            return .failed(FetchFailure(.local, "could not run the fetch child \(source.executable): \(error)"))
        }
    }

    /// A session of its own: a signal to our terminal does not reach the child, and one kill reaches all it may have started.
    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        return options
    }

    private typealias Running = Execution<CustomWriteInput, SequenceOutput, DiscardedOutput>

    private func listen(to execution: Running, request: [UInt8]) async throws -> Ending {
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                do { try await Task.sleep(until: end, clock: .continuous) } catch { return false }
                Self.kill(execution)
                return true
            }
            // A child that ended before it read its request says more by how it ended than the broken pipe does.
            do { _ = try await execution.standardInputWriter.write(request) } catch {}
            var lines = FetchLines()
            for try await buffer in execution.standardOutput {
                for stage in lines.take(buffer.withUnsafeBytes { Array($0) }) { onProgress(stage) }
                if lines.isUnreadable { Self.kill(execution) }
            }
            // It has said its last word; nothing it still does is worth waiting for.
            Self.kill(execution)
            group.cancelAll()
            return Ending(lines: lines, timedOut: try await group.next() ?? false)
        }
    }

    /// It may have ended in this very moment: a kill that finds nobody is as good.
    private static func kill(_ execution: Running) {
        do { try execution.send(signal: .kill, toProcessGroup: true) } catch {}
    }

    private func outcome(_ ending: Ending, _ status: TerminationStatus) -> FetchOutcome {
        // A result that arrived counts, even when the kill was on its way.
        if let answer = ending.lines.answer { return answer }
        if ending.timedOut {
            return .failed(FetchMessage.timeout(url, ending.lines.stage, after: source.configuration.timeout))
        }
        if ending.lines.isUnreadable {
            return .failed(
                FetchFailure(.local, "\(source.executable) did not behave as the fetch child of \(url.shown)"))
        }
        switch status {
        case .exited(let code): return .failed(mute("ended with code \(code)"))
        case .signaled(let signal) where [SIGTERM, SIGINT, SIGHUP].contains(signal):
            return .failed(
                FetchFailure(
                    .local,
                    "the fetch child for \(url.shown) was told to end by somebody else (signal \(signal)): nothing was fetched; the next poll tries again"
                ))
        case .signaled(let signal): return .failed(mute("was ended by signal \(signal)"))
        }
    }

    /// Too little memory shows in many ways, and in no words.
    private func mute(_ how: String) -> FetchFailure {
        FetchFailure(
            .tooLarge,
            "the fetch child for \(url.shown) \(how) without a result; its memory limit is \(SizeText.text(source.limits.memoryBytes)) (source.limits.max_memory)"
        )
    }
}
