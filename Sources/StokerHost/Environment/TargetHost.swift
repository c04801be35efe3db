import HTTP
import StokerCore

/// What belongs to one target on this host: where its files are, how its process is asked, who judges it.
@HostActor
final class TargetHost {
    let configuration: TargetConfiguration
    let prover: Prover
    let client: PrometheusClient
    let validator: Validator
    let files: TargetFiles
    /// Asked of the process once it answers; kept while it is down.
    private var flags: ProcessFlags?
    /// The version as last answered.
    private(set) var version: String?
    /// The flags as last answered.
    var rememberedFlags: ProcessFlags? { flags }

    init(_ files: TargetFiles, storage: String, http: HTTPClient, validateIn scratch: String? = nil) {
        self.files = files
        configuration = files.configuration
        client = PrometheusClient(
            url: configuration.url, access: configuration.http, http: http, profile: configuration.profile)
        let pidFile: String? = if case .signal(let file) = configuration.reload { file } else { nil }
        prover = Prover(client: client, pidFile: pidFile, now: { Clock.instant() })
        validator = Validator(
            folder: "\(scratch ?? storage + "/validate")/\(files.environment)/\(configuration.id)")
    }

    var id: Target.ID { configuration.id }

    var layout: TargetConfiguration.Layout { files.layout }
    var place: DeployPlace { files.place }
    /// The folder of `deploy_to` on this host.
    var folder: String { files.folder }

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

    /// The process's version, asked again where it answers.
    func learnVersion() async {
        do throws(PrometheusError) { version = try await client.version() } catch {
            // A program that tells none, or is down: then nothing can be compared.
            return
        }
    }

    /// Why the process does not talk to us although it is there: wrong credentials, or a wrong path in `url`.
    func refusesAccess() async -> String? {
        do throws(PrometheusError) {
            flags = try await prover.flags()
            return nil
        } catch {
            switch error.kind {
            case .refused(401), .refused(403), .refused(404), .stranger, .secret: return error.message
            case .refused, .unreachable, .lost, .starting, .rejected, .malformed: return nil
            }
        }
    }

    /// How the process sees our folder: written down, asked of it, or the same.
    func view(_ flags: ProcessFlags?) -> ProcessView {
        ProcessView(deployTo: folder, seenAt: configuration.seenAt ?? seen(flags) ?? folder)
    }

    private func seen(_ flags: ProcessFlags?) -> String? {
        if configuration.kind == .vmalert { return seenRules(flags) }
        guard let flags, let main = configuration.configFile, !flags.configFile.isEmpty else { return nil }
        let path = SeenPath.absolute(flags.configFile, in: flags.workingDirectory)
        guard path.hasPrefix("/") else { return nil }
        if layout == .singleFile { return SeenPath.parent(path) }
        guard path.hasSuffix("/" + main) else { return nil }
        let folder = String(path.dropLast(main.utf8.count + 1))
        return folder.isEmpty ? "/" : folder
    }

    /// The folder of vmalert's one absolute `-rule`; with several there is no telling which is ours.
    private func seenRules(_ flags: ProcessFlags?) -> String? {
        let folders = Set(
            (flags?.ruleFiles ?? []).filter { $0.hasPrefix("/") }.map { SeenPath.parent(SeenPath.clean($0)) })
        guard folders.count == 1, let only = folders.first, !Glob.hasMeta(only), only != folder,
            LexicalPath.relative(only, below: folder) == nil
        else { return nil }
        return only
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

extension TargetHost {
    /// What the layout cannot deploy; nil where the files fit.
    func misfit(_ tree: FileTree) -> Finding? {
        guard layout == .singleFile, let main = configuration.configFile,
            let other = tree.paths.first(where: { $0 != main })
        else { return nil }
        return Finding(
            file: RelativePath.join(configuration.path, other),
            message:
                "\(configuration.deployTo) is one file (layout single_file), which deploys only \(main): exclude the "
                + "others, or deploy to the folder and list bind-mounted files under keep_inode")
    }
}
