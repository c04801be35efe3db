// stoker: commands, and the one place where everything is put together. The only target that starts tasks.
//
// A command is one file; what several need stands in `Composition` (journal, source, environments, locks) and `Output`.
import ArgumentParser
import Glibc
import StokerCore
import StokerHost

@main
enum Main {
    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        // The fetch child is this same binary: it must not pay for, or depend on, anything of the command line.
        if CommandLine.arguments.dropFirst().first == FetchChild.argument {
            exit(FetchChild.main())
        }
        do {
            var command = try Stoker.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(error)
        }
    }

    /// Help and version end with 0, a command with its own code; a mistake on the command line is 1 like any other.
    private static func end(_ error: any Error) -> Never {
        let code = Stoker.exitCode(for: error)
        if code == .validationFailure {
            Output.write(Stoker.fullMessage(for: error) + "\n", to: STDERR_FILENO)
            exit(1)
        }
        Stoker.exit(withError: error)
    }
}

struct Stoker: AsyncParsableCommand {
    static let version = StokerVersion.text
    static let configuration = CommandConfiguration(
        commandName: "stoker",
        abstract: "Keeps the configuration of Prometheus equal to a git repository, and proves it.",
        version: version,
        subcommands: [
            RunCommand.self, RecoverCommand.self, CheckCommand.self, DoctorCommand.self, PlanCommand.self,
            DiffCommand.self, StatusCommand.self, WhyCommand.self, HistoryCommand.self, ReconcileCommand.self,
            ApproveCommand.self, RejectCommand.self, PromoteCommand.self, RollbackCommand.self, FreezeCommand.self,
            UnfreezeCommand.self, SuspendCommand.self, ResumeCommand.self,
        ])
}

/// Runs a command's body and turns its failure into one line and an exit code.
func run(_ body: () async throws -> Int32) async throws {
    do {
        let code = try await body()
        if code != 0 { throw ExitCode(code) }
    } catch let error as Busy {
        Output.error(error.message)
        throw ExitCode(1)
    } catch let error as CommandError {
        Output.error(error.message)
        throw ExitCode(error.code)
    }
}

/// Why a command could not be done: one message, and the exit code of the design.
struct CommandError: Error {
    let message: String
    let code: Int32

    init(_ message: String, code: Int32 = 1) {
        self.message = message
        self.code = code
    }
}
