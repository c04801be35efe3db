import ArgumentParser
import StokerCore
import StokerHost

struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Repairs a half-done deployment from the journal, offline; for the unit that runs before Prometheus.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let names = try configuration.worked(options).map(\.name.rawValue)
            if names.isEmpty {
                Output.line("nothing to repair")
                return 0
            }
            let composition = try await Composition(options, configuration, environments: names)
            var lines: [String] = []
            var failures: [String] = []
            for host in composition.environments {
                let name = host.configuration.name
                do throws(Failure) {
                    for (id, found) in try await host.recover().sorted(by: { $0.key < $1.key }) {
                        lines.append("\(name)/\(id): \(Self.words(found))")
                    }
                } catch {
                    // One folder that is not mounted must not keep the others from being repaired.
                    failures.append("\(name): \(error.message)")
                }
            }
            await composition.close()
            if lines.isEmpty && failures.isEmpty { Output.line("nothing to repair") }
            for line in lines { Output.line(line) }
            for failure in failures { Output.error(failure) }
            return failures.isEmpty ? 0 : 1
        }
    }

    private static func words(_ found: EnvironmentLoop.Recovered) -> String {
        switch found {
        case .forward: "the deploy in the journal is complete on disk; the next run verifies it"
        case .back: "the deploy was taken back; the files before it are complete on disk"
        case .untouched: "the deploy had not begun; the files are as before"
        }
    }
}
