import ArgumentParser
import Logging
import StokerCore
import StokerHost

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "The daemon; with --once one full pass, for cron and CI.")

    @OptionGroup var options: GlobalOptions
    @Flag(help: "One look at the source, every environment as far as it goes now, then exit.")
    var once = false
    @Option(
        name: .customLong("environment"), parsing: .upToNextOption,
        help: ArgumentHelp("Only these environments, also those of another Stoker.", valueName: "name"))
    var environments: [String] = []
    @Option(
        name: .customLong("web.listen-address"),
        help: ArgumentHelp("Where /-/healthy, /-/ready and /api/v1 answer.", valueName: "address"))
    var listenAddress = "127.0.0.1:9810"

    func run() async throws {
        try await stoker.run {
            let read = try options.readFile()
            let configuration = read.configuration
            let composition = try await Composition(options, configuration, environments: environments)
            if once { return try await OncePass(composition).run() }
            let address = try ListenAddress(listenAddress)
            for warning in read.closedWindows(at: Clock.wall()) {
                composition.log.warning("a window never opens", metadata: ["where": "\(warning)"])
            }
            return try await Daemon(composition, address).run()
        }
    }
}
