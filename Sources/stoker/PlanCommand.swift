import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import StokerCore
import StokerHost

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "What would change, in rules, jobs and receivers as well as files.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var environments: EnvironmentNames
    @OptionGroup var comparison: Comparison
    @Option(name: .shortAndLong, help: "table or json.") var output = OutputFormat.table
    @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 2 when something would change.")
    var detailedExitcode = false

    func run() async throws {
        try await stoker.run {
            let results = try await comparison.run(options, environments.names, validating: true)
            switch output {
            case .json: try Output.json(PlanJSON(results))
            case .table: for (name, result) in results { show(name, result) }
            }
            for (name, result) in results {
                if let note = result.note { Output.error("\(name): not everything could be validated here: \(note)") }
            }
            if results.contains(where: { !$0.1.findings.isEmpty }) { return 3 }
            return detailedExitcode && results.contains { !$0.1.plan.isEmpty } ? 2 : 0
        }
    }

    private func show(_ name: EnvironmentName, _ result: Preview.Result) {
        if result.plan.isEmpty {
            Output.line("\(name): no changes at \(result.goal.revision.short)")
        } else {
            Output.line("\(name): \(result.plan.files.count) files would change at \(result.goal.revision.short)")
        }
        for file in result.plan.files { Output.line("  \(Self.sign(file.change)) \(file.path)") }
        for change in result.plan.meaning {
            let note = change.note.isEmpty ? "" : " (\(change.note))"
            Output.line("  \(change.change.rawValue) \(change.kind.rawValue) \(change.name) in \(change.file)\(note)")
        }
        for path in result.unexercised.prefix(Self.listed) { Output.line("  not exercised before: \(path)") }
        if case let more = result.unexercised.count - Self.listed, more > 0 {
            Output.line("  not exercised before: and \(more) more")
        }
        for finding in result.findings { Output.line("  rejected: \(finding)") }
    }

    /// More files that were not exercised are only counted.
    private static let listed = 20

    private static func sign(_ change: String) -> String {
        switch change {
        case "create": "+"
        case "delete": "-"
        case _: "~"
        }
    }
}

/// What `plan` and `diff` compare.
struct Comparison: ParsableArguments {
    @Option(help: ArgumentHelp("The revision to look at; the newest where none is named.", valueName: "revision"))
    var revision: String?
    @Option(help: ArgumentHelp("Compare with this revision instead of what is deployed here.", valueName: "revision"))
    var base: String?

    /// Fetches, and computes every environment's preview. Needs no daemon and takes no lock but the cache's own.
    func run(
        _ options: GlobalOptions, _ names: [String], validating: Bool
    ) async throws -> [(EnvironmentName, Preview.Result)] {
        let configuration = try options.read()
        let selected = try configuration.here(names)
        for environment in selected {
            try Revisions.check(revision, environment, configuration)
            try Revisions.check(base, environment, configuration)
        }
        let scratch = try ScratchFolder.make("stoker-plan")
        defer { scratch.remove() }
        return try await Self.preview(
            configuration, selected, options.storage, scratch.path, revision, base, validating)
    }

    @HostActor
    private static func preview(
        _ configuration: Configuration, _ selected: [EnvironmentConfiguration], _ storage: String, _ scratch: String,
        _ revision: String?, _ base: String?, _ validating: Bool
    ) async throws -> [(EnvironmentName, Preview.Result)] {
        // Whoever may only read the storage directory fetches into a cache of his own.
        let feed = SourceFeed(configuration, storage: isWritable(storage) ? storage : scratch)
        let progress = Progress()
        let failure = await feed.poll { progress.show($0) }
        progress.finish()
        if let failure { throw CommandError(failure.message) }
        let http = HTTPAccessor(userAgent: "stoker/\(Stoker.version)")
        defer { http.close() }
        let journal = try reading(storage)
        defer { journal?.close() }
        let disk = RealDisk(roots: [])
        var results: [(EnvironmentName, Preview.Result)] = []
        for environment in selected {
            let preview = Preview(
                environment, feed: feed, journal: journal, disk: disk, http: http, scratch: scratch, storage: storage)
            do throws(Failure) {
                let new = try find(revision, feed, environment)
                let old = try base.map { text throws(Failure) in try find(text, feed, environment) }
                if let record = try record(of: environment.name, journal) { feed.take(record, of: environment.name) }
                let objection = validating ? await feed.objection(to: new, in: environment) : nil
                do throws(Failure) {
                    let result = try await preview.run(new, base: old, validating: validating)
                    results.append((environment.name, result.with(objection)))
                } catch {
                    throw objection ?? error
                }
            } catch {
                throw CommandError("\(environment.name): \(error.message)", code: error.kind == .content ? 3 : 1)
            }
        }
        return results
    }

    @HostActor
    private static func record(
        of name: EnvironmentName, _ journal: Journal?
    ) throws(Failure) -> EnvironmentRecord? {
        do throws(Journal.Problem) {
            return try journal?.record(of: name)
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
    }

    /// Whether the cache in it can be made and locked; a directory that is not there yet is made where that is possible.
    private static func isWritable(_ storage: String) -> Bool {
        var path = storage
        while access(path, F_OK) != 0, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            path = String(path[..<slash])
        }
        let git = storage + "/git"
        return access(path, W_OK | X_OK) == 0 && (access(git, F_OK) != 0 || access(git, W_OK | X_OK) == 0)
    }

    private static func reading(_ storage: String) throws -> Journal? {
        do throws(Journal.Problem) {
            return try Journal.reading(storage: storage)
        } catch {
            throw CommandError(error.message)
        }
    }

    /// The newest where none is named.
    @HostActor
    private static func find(
        _ text: String?, _ feed: SourceFeed, _ environment: EnvironmentConfiguration
    ) throws(Failure) -> Revision {
        do throws(SourceFailure) {
            return if let text { try feed.revision(text, in: environment) } else { try feed.newest(in: environment) }
        } catch {
            throw error.failure
        }
    }
}

/// A private folder for one command.
struct ScratchFolder {
    let path: String

    /// Of a name that nobody could prepare, and for this user alone: what is validated in it may hold secrets.
    /// - Parameter folder: where; nil: among the temporary files.
    static func make(_ name: String, in folder: String? = nil) throws -> ScratchFolder {
        let folder = Glob.cleaned(folder ?? FileManager.default.temporaryDirectory.path)
        var template = Array("\(folder)/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandError("no temporary folder can be made in \(folder): \(String(cString: strerror(errno)))")
        }
        return ScratchFolder(path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    func remove() {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Output.error("the temporary folder \(path) could not be removed: \(error)")
        }
    }
}

/// The JSON of `plan`.
struct PlanJSON: Encodable {
    struct Environment: Encodable {
        let name: String
        let revision: String
        let content: String
        let files: [EnvironmentPlan.File]
        let meaning: [MeaningChange]
        let findings: [Finding]
        let unexercised: [String]
    }

    let environments: [Environment]

    init(_ results: [(EnvironmentName, Preview.Result)]) {
        environments = results.map { name, result in
            Environment(
                name: name.rawValue, revision: result.goal.revision.description,
                content: result.goal.content.rawValue, files: result.plan.files, meaning: result.plan.meaning,
                findings: result.findings, unexercised: result.unexercised)
        }
    }
}
