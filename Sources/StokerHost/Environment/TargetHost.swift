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
    /// Copies of what was there before Stoker.
    let baselineFolder: String
    let disk: any Disk
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
        baselineFolder = "\(storage)/baseline/\(name)"
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

    /// Why the process does not talk to us although it is there: wrong credentials, or a wrong path in `url`.
    func refusesAccess() async -> String? {
        do throws(PrometheusError) {
            flags = try await prover.flags()
            return nil
        } catch {
            switch error.kind {
            case .refused(401), .refused(403), .refused(404), .secret: return error.message
            case .refused, .unreachable, .lost, .starting, .rejected, .malformed: return nil
            }
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

    /// The highest attempt that names of ours on disk carry: staged, kept, or a release.
    func newestAttemptOnDisk() -> Int64 {
        var folders = stagingCandidates.flatMap { [$0, $0 + "/kept"] }
        if place.layout == .linked { folders.append(place.releasesDirectory) }
        var newest: Int64 = 0
        for folder in folders {
            for name in names(in: folder) {
                // staged-N, revert-N, <content>-N; <blob>-N-n, link-N-n.
                let parts = name.split(separator: "-")
                guard (2...3).contains(parts.count), let attempt = Int64(parts[1]), attempt < 1 << 48 else { continue }
                newest = max(newest, attempt)
            }
        }
        return newest
    }

    /// `linked`: the newest release of each of these contents.
    func releases(of contents: Set<ContentID>) -> [String] {
        guard place.layout == .linked else { return [] }
        let wanted = Set(contents.map(\.short))
        var newest: [Substring: (attempt: Int64, name: String)] = [:]
        for name in names(in: place.releasesDirectory) {
            let parts = name.split(separator: "-")
            guard parts.count == 2, wanted.contains(String(parts[0])), let attempt = Int64(parts[1]) else { continue }
            if attempt > newest[parts[0]]?.attempt ?? -1 { newest[parts[0]] = (attempt, name) }
        }
        return newest.values.map(\.name).sorted()
    }

    /// None where the folder is not there; one that cannot be read is for the deploy to complain about.
    private func names(in folder: String) -> [String] {
        do throws(DiskError) {
            return try disk.status(folder) != nil ? disk.list(folder, limit: Rollout.mostNames) : []
        } catch {
            return []
        }
    }
}

extension FileStamp {
    /// The stamp of no file: what has it is read at the next look.
    static let never = FileStamp(device: 0, inode: 0, size: 0, modifiedNanoseconds: 0, changedNanoseconds: 0)
}
