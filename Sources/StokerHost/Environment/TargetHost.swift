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
    let http: HTTPClient
    /// Asked of the process once it answers; kept while it is down.
    private var flags: ProcessFlags?
    /// What its container has mounted, as last answered.
    private var mounts: [ContainerInspection.Mount] = []
    /// Where its log ended when it was last told to reload.
    private var logMark: ProcessLog.Mark?
    /// The process that answers, by the start that it tells: looked for once in its life.
    var answering: (start: String, process: AnsweringProcess?)?
    /// The version as last answered.
    private(set) var version: String?
    /// The flags as last answered.
    var rememberedFlags: ProcessFlags? { flags }

    /// - Parameter timeout: the limit of one question to the process.
    init(
        _ files: TargetFiles, storage: String, http: HTTPClient, validateIn scratch: String? = nil,
        timeout: Duration = .seconds(30)
    ) {
        self.files = files
        configuration = files.configuration
        client = PrometheusClient(
            url: configuration.url, access: configuration.http, http: http, timeout: timeout,
            profile: configuration.profile)
        self.http = http
        prover = Prover(client: client, now: { Clock.instant() })
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
        if configuration.seenAt == nil, let container = await container() { mounts = container.mounts }
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

    /// How the process sees our folder: written down, told by its container's mounts or by its flags, or the same.
    func view(_ flags: ProcessFlags?) -> ProcessView {
        ProcessView(deployTo: folder, seenAt: configuration.seenAt ?? mounted(flags) ?? seen(flags) ?? folder)
    }

    private func mounted(_ flags: ProcessFlags?) -> String? {
        let main = flags.map { SeenPath.absolute($0.configFile, in: $0.workingDirectory) } ?? ""
        let path = Sight.seen(configuration.deployTo, by: mounts, main: main)
        return layout == .singleFile ? path.map(SeenPath.parent) : path
    }

    /// The container it runs in; nil where none is named or the engine does not tell.
    func container() async -> ContainerInspection? {
        guard let place = configuration.container else { return nil }
        do throws(ContainerEngine.Problem) {
            return try await ContainerEngine(socket: place.socket, http: http).find(place.name)
        } catch { return nil }
    }

    /// What is known of how the process sees our files.
    func sight() async -> Sight {
        if let container = await container() {
            let pid = container.state.pid.flatMap {
                $0 > 0 && ContainerProcess.belongs($0, to: container.id) ? $0 : nil
            }
            return Sight(pid: pid, container: container)
        }
        guard let place = configuration.processPlace, case .success(let pid) = await ProcessID.of(place) else {
            return Sight(pid: nil, container: nil)
        }
        return Sight(pid: pid, container: nil)
    }

    /// What its log adds since the last reload; nil where it cannot be had or has nothing to say.
    func logAddition(_ secrets: SecretValues) async -> String? {
        guard let place = configuration.logPlace, let logMark else { return nil }
        guard let text = await ProcessLog(place, http: http).text(since: logMark) else { return nil }
        return LogExcerpt.addition(text, secrets: secrets)
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
    /// - Parameters:
    ///   - mayStart: it ran before this attempt, so it may be started where it is stopped now.
    ///   - wasReady: it was ready before the deploy.
    func reload(mayStart: Bool, wasReady: Bool) async -> (result: ReloadResult, answer: Reloader.Answer) {
        logMark = configuration.logPlace.map { ProcessLog($0, http: http).mark() }
        let prover = prover
        let answer = await Reloader(
            steps: configuration.reload, client: client, http: http, look: { await prover.look() }
        ).reload(mayStart: mayStart)
        return (answer.outcome.result(of: id, wasReady: wasReady), answer)
    }
}

extension TargetHost {
    /// Why the process would refuse a reload over HTTP, by its flags; nil where it would not, or does not say.
    func closedLifecycle(_ flags: ProcessFlags?) -> String? {
        guard configuration.kind == .prometheus, let flags, !flags.lifecycleEnabled else { return nil }
        return
            "\(client.address) would answer 403 to a reload: start it with --web.enable-lifecycle, or use `reload: "
            + "{method: signal, pid_file: …}`"
    }

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
