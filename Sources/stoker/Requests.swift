import StokerCore
import StokerHost

/// Writes requests of people into the journal and wakes a daemon. Without a daemon they are folded in at once, or the
/// turn is run here.
struct Requests {
    let options: GlobalOptions

    /// The row, then the byte.
    func write(_ request: StoredRequest, _ name: EnvironmentName, by actor: String? = nil) throws -> Int64 {
        let actor = actor ?? Actor.name(storage: options.storage)
        do throws(Journal.Problem) {
            let journal = try Journal(storage: options.storage)
            defer { journal.close() }
            let id = try journal.add(request, to: name, actor: actor, at: Clock.wall())
            WakeFIFO(storage: options.storage).wake()
            return id
        } catch {
            throw CommandError(error.message)
        }
    }

    /// For decisions: folded in now where no daemon runs.
    func decide(
        _ request: StoredRequest, _ configuration: Configuration, _ names: [EnvironmentName], by actor: String? = nil
    ) async throws {
        do {
            let composition = try await Composition(options, configuration, environments: names.map(\.rawValue))
            for name in names { _ = try write(request, name, by: actor) }
            // What is noted of the gates must not rest on nobody having asked or looked: upstreams come first.
            var waiting = configuration.environments.filter { names.contains($0.name) }
            let upstreams = waiting.flatMap(\.after.names)
            await composition.remotes.ask(composition.remotes.names.filter(upstreams.contains))
            while let next = waiting.first(where: { one in !waiting.contains { one.after.names.contains($0.name) } }) {
                waiting.removeAll { $0.name == next.name }
                await (try composition.environment(next.name.rawValue)).takeRequests()
            }
            await composition.close()
        } catch is Busy {
            for name in names { _ = try write(request, name, by: actor) }
        }
    }

    /// Why somebody decides so; shown to everybody, so there must be something to show.
    static func reason(_ text: String) throws -> String {
        if isBlank(text) { throw CommandError("--reason is empty: say why, it is shown to everybody who asks") }
        return text
    }

    /// Whether nothing is said.
    static func isBlank(_ text: String?) -> Bool { text?.allSatisfy(\.isWhitespace) ?? true }

    /// When a decision ends by itself, from the text of `--for`; nil where none is given.
    static func end(of duration: String?) throws -> WallTime? {
        guard let duration else { return nil }
        guard let parsed = PrometheusDuration.parse(duration), parsed > .zero else {
            throw CommandError("--for \(duration): write a duration such as 2h")
        }
        return WallTime(milliseconds: Clock.wall().milliseconds + parsed.inNanoseconds / 1_000_000)
    }

    /// Waits until a daemon has folded the request in and the environment is at rest.
    /// - Parameter evenSuspended: the request itself suspends and goes on all the same, as a rollback does.
    func wait(
        for id: Int64, _ name: EnvironmentName, timeout: Duration, evenSuspended: Bool = false
    ) async throws -> EnvironmentStatus {
        let end = Clock.instant() + timeout
        var last: EnvironmentStatus?
        var since = Clock.instant()
        while Clock.instant() < end {
            if let status = try look(id, name) {
                if status != last { (last, since) = (status, Clock.instant()) }
                // An attempt that gave way is finished for a moment, until its successor begins.
                let stands = Clock.instant() - since >= .milliseconds(500)
                if stands, Self.isAtRest(status) || (status.health == .suspended && !evenSuspended) { return status }
            }
            await OncePass.sleep(until: Clock.instant() + .milliseconds(100))
        }
        throw CommandError(
            "\(name) is not at rest after \(timeout.prometheusText): see `stoker status \(name)`, or give a longer --timeout"
        )
    }

    private static func isAtRest(_ status: EnvironmentStatus) -> Bool {
        status.phase == nil || status.phase == "finished" || status.phase == "held"
    }

    /// The status once the request is folded in.
    private func look(_ id: Int64, _ name: EnvironmentName) throws -> EnvironmentStatus? {
        do throws(Journal.Problem) {
            guard let journal = try Journal.reading(storage: options.storage) else { return nil }
            defer { journal.close() }
            return try journal.isConsumed(id) ? try journal.status(of: name) : nil
        } catch {
            throw CommandError(error.message)
        }
    }
}
