import Glibc
import StokerCore
import StokerHost

/// Writes requests of people into the journal and wakes a daemon. Without a daemon they are folded in at once, or the
/// turn is run here.
struct Requests {
    let options: GlobalOptions

    /// Who asks: the user's name on this host.
    static var actor: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "uid \(getuid())" }
        return String(cString: name)
    }

    /// The row, then the byte.
    func write(_ request: StoredRequest, _ name: EnvironmentName) throws -> Int64 {
        do throws(Journal.Problem) {
            let journal = try Journal(storage: options.storage)
            defer { journal.close() }
            let id = try journal.add(request, to: name, actor: Self.actor, at: Clock.wall())
            WakeFIFO(storage: options.storage).wake()
            return id
        } catch {
            throw CommandError(error.message)
        }
    }

    /// For decisions: folded in now where no daemon runs.
    func decide(_ request: StoredRequest, _ configuration: Configuration, _ name: EnvironmentName) async throws {
        do {
            let composition = try await Composition(options, configuration, environments: [name.rawValue])
            _ = try write(request, name)
            let host = try await composition.environment(name.rawValue)
            // Stopped before it begins: requests are folded in, nothing is done.
            await host.stop()
            _ = await host.turn(.request)
            await composition.close()
        } catch is Busy {
            _ = try write(request, name)
        }
    }

    /// Waits until a daemon has folded the request in and the environment is at rest.
    func wait(for id: Int64, _ name: EnvironmentName, timeout: Duration) async throws -> EnvironmentStatus {
        let end = Clock.instant() + timeout
        while Clock.instant() < end {
            if let status = try look(id, name) { return status }
            await OncePass.sleep(until: Clock.instant() + .milliseconds(100))
        }
        throw CommandError(
            "\(name) is not at rest after \(timeout.prometheusText): see `stoker status \(name)`, or give a longer --timeout")
    }

    private func look(_ id: Int64, _ name: EnvironmentName) throws -> EnvironmentStatus? {
        do throws(Journal.Problem) {
            guard let journal = try Journal.reading(storage: options.storage) else { return nil }
            defer { journal.close() }
            guard try journal.isConsumed(id), let status = try journal.status(of: name) else { return nil }
            return status.phase == nil || ["finished", "held"].contains(status.phase) || status.health == .suspended
                ? status : nil
        } catch {
            throw CommandError(error.message)
        }
    }
}
