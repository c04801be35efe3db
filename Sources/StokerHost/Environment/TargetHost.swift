import HTTP
import StokerCore

/// What belongs to one target on this host: where its files are, how its process is asked, who judges it.
@HostActor
final class TargetHost {
    let environment: EnvironmentName
    let configuration: TargetConfiguration
    let prover: Prover
    let client: PrometheusClient
    let validator: Validator
    let stagingFolder: String
    let editsFolder: String
    private let disk: any Disk
    /// Asked of the process once it answers; kept while it is down.
    private var flags: ProcessFlags?
    /// The flags as last answered.
    var rememberedFlags: ProcessFlags? { flags }

    init(
        _ configuration: TargetConfiguration, in environment: EnvironmentName, storage: String, http: HTTPClient,
        disk: any Disk, validateIn scratch: String? = nil
    ) {
        self.configuration = configuration
        self.environment = environment
        self.disk = disk
        client = PrometheusClient(url: configuration.url, access: configuration.http, http: http)
        let pidFile: String? = if case .signal(let file) = configuration.reload { file } else { nil }
        prover = Prover(client: client, pidFile: pidFile, now: { Clock.instant() })
        let name = "\(environment)/\(configuration.id)"
        stagingFolder = "\(storage)/targets/\(name)"
        editsFolder = "\(storage)/drift/\(name)"
        validator = Validator(folder: scratch.map { "\($0)/\(name)" } ?? "\(storage)/validate/\(name)")
    }

    var id: Target.ID { configuration.id }

    /// `single_file` where a regular file stands, unless the configuration says otherwise.
    var layout: TargetConfiguration.Layout {
        if let layout = configuration.layout { return layout }
        do throws(DiskError) {
            return try disk.status(configuration.deployTo)?.kind == .regular ? .singleFile : .inPlace
        } catch {
            return .inPlace
        }
    }

    var place: DeployPlace {
        DeployPlace(
            layout: layout, root: configuration.deployTo, releasesDirectory: configuration.releasesDirectory,
            configFile: configuration.configFile)
    }

    var stagingCandidates: [String] { DeploymentRequest.candidates(for: place, inStorage: stagingFolder) }

    /// The process's flags, asked again where they are not known.
    func knownFlags() async -> ProcessFlags? {
        do throws(PrometheusError) {
            let found = try await prover.flags()
            flags = found
            return found
        } catch {
            return flags
        }
    }

    /// The folder of `deploy_to` on this host: for a single file the one it stands in.
    var folder: String {
        layout == .singleFile ? SeenPath.parent(configuration.deployTo) : configuration.deployTo
    }

    /// How the process sees our folder: written down, asked of it, or the same.
    func view(_ flags: ProcessFlags?) -> ProcessView {
        ProcessView(deployTo: folder, seenAt: configuration.seenAt ?? seen(flags) ?? folder)
    }

    private func seen(_ flags: ProcessFlags?) -> String? {
        guard let flags, let main = configuration.configFile, !flags.configFile.isEmpty else { return nil }
        let path = SeenPath.absolute(flags.configFile, in: flags.workingDirectory)
        guard path.hasPrefix("/") else { return nil }
        if layout == .singleFile { return SeenPath.parent(path) }
        guard path.hasSuffix("/" + main) else { return nil }
        let folder = String(path.dropLast(main.utf8.count + 1))
        return folder.isEmpty ? "/" : folder
    }

    /// Asks the process to read its configuration again.
    func reload() async -> ReloadResult {
        let outcome: ReloadOutcome
        switch configuration.reload {
        case .http: outcome = await client.reload(timeout: configuration.reloadTimeout)
        case .signal(let file): outcome = SignalReload(pidFile: file).reload()
        }
        switch outcome {
        case .accepted(let answered): return .accepted(answered: answered)
        case .down: return .down
        case .unknown(let message): return .unknown(message)
        case .refused, .notPossible:
            return .refused(
                outcome.failure ?? Failure(.reloadFailed, .environmental, "\(id) could not be reloaded"))
        }
    }
}
