import StokerCore
import StokerHost

/// Finds the revision a person means, and its content, from the git cache alone.
struct Revisions {
    private let options: GlobalOptions
    private let configuration: Configuration

    init(_ options: GlobalOptions, _ configuration: Configuration) {
        self.options = options
        self.configuration = configuration
    }

    /// `text` as people type it; the candidate that status shows where it is nil. The content is nil where the cache
    /// cannot give it.
    func resolve(_ text: String?, in environment: EnvironmentConfiguration) async throws -> (Revision, ContentID?) {
        let wanted: String
        if let text {
            try Self.check(text, environment, configuration)
            wanted = text
        } else {
            let status = try StatusReader.read(options.storage, [environment], zones: configuration.zones).first
            guard let shown = status?.candidateRevision ?? status?.desiredRevision else {
                throw CommandError(
                    "no candidate is known for \(environment.name): name a revision, or run `stoker run --once` first")
            }
            wanted = shown
        }
        return try await Self.find(wanted, environment, configuration, options.storage)
    }

    /// Refuses what nobody can have meant, before anything is looked for.
    static func check(
        _ text: String?, _ environment: EnvironmentConfiguration, _ configuration: Configuration
    ) throws {
        let ref = environment.ref ?? configuration.source.ref
        guard let text,
            let complaint = SourceFeed.complaint(aboutTyped: text, environment.name, follows: ref)
        else { return }
        throw CommandError(complaint)
    }

    /// What a person said against a content, where that stands: a promotion does not lift it.
    func rejection(of content: ContentID, in environment: EnvironmentConfiguration) throws -> Failure? {
        let record = try read { journal throws(Journal.Problem) in try journal.record(of: environment.name) }
        return record?.rejections.first { $0.content == content && $0.fingerprint == nil }?.failure
    }

    /// The promotion that stands, as last noted.
    func promotion(in environment: EnvironmentConfiguration) throws -> Promotion? {
        try StatusReader.read(options.storage, [environment], zones: configuration.zones).first?.promotion
    }

    private func read<Value>(_ question: (Journal) throws(Journal.Problem) -> Value?) throws -> Value? {
        do throws(Journal.Problem) {
            guard let journal = try Journal.reading(storage: options.storage) else { return nil }
            defer { journal.close() }
            return try question(journal)
        } catch {
            throw CommandError(error.message)
        }
    }

    /// Why a revision cannot be the next one; nil where it can.
    func objection(toPromoting revision: Revision, in environment: EnvironmentConfiguration) async throws -> String? {
        let status = try StatusReader.read(options.storage, [environment], zones: configuration.zones).first
        let live = status?.runningRevision.flatMap { Revision($0) }
        return try await Self.objection(revision, live, environment, configuration, options.storage)
    }

    @HostActor
    private static func objection(
        _ revision: Revision, _ live: Revision?, _ environment: EnvironmentConfiguration,
        _ configuration: Configuration, _ storage: String
    ) throws -> String? {
        do throws(SourceFailure) {
            return try SourceFeed(configuration, storage: storage).objection(
                toPromoting: revision, in: environment, live: live)
        } catch {
            throw CommandError(error.failure.message)
        }
    }

    static func unknown(_ text: String) -> String {
        "revision \(text) is not known here: give the full commit id of a commit that was fetched"
    }

    @HostActor
    private static func find(
        _ text: String, _ environment: EnvironmentConfiguration, _ configuration: Configuration, _ storage: String
    ) throws -> (Revision, ContentID?) {
        let feed = SourceFeed(configuration, storage: storage)
        let revision: Revision
        do throws(SourceFailure) {
            revision = try feed.revision(text, in: environment)
        } catch {
            throw CommandError(unknown(text))
        }
        do throws(SourceFailure) {
            return (revision, try feed.snapshot(environment, revision).content)
        } catch {
            return (revision, nil)
        }
    }
}
