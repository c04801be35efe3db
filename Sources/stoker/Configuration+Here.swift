import StokerCore
import StokerHost

// One file may serve several hosts: which of its environments a command is about.
extension Configuration {
    /// The environments with these names, in the order of the file; all where none is given.
    func selected(_ names: [String]) throws -> [EnvironmentConfiguration] {
        for name in names { _ = try environment(name) }
        return names.isEmpty ? environments : environments.filter { names.contains($0.name.rawValue) }
    }

    func environment(_ name: String) throws -> EnvironmentConfiguration {
        guard let found = environments.first(where: { $0.name.rawValue == name }) else {
            let known = environments.map(\.name.rawValue).joined(separator: ", ")
            throw CommandError("there is no environment \"\(name)\" in the configuration: it has \(known)")
        }
        return found
    }

    /// Those to work on: the named ones, whoever else runs them; where none is named, those that no other Stoker runs.
    func here(_ names: [String]) throws -> [EnvironmentConfiguration] {
        let found = try names.isEmpty ? environments.filter { $0.remote == nil } : selected(names)
        if found.isEmpty {
            throw CommandError(
                "another Stoker runs every environment of the configuration: name those that this host runs")
        }
        for environment in found where environment.targets.isEmpty {
            throw CommandError(
                "\(environment.name) has no targets in the configuration: only the Stoker at "
                    + "\(environment.remote?.url ?? "its url") can work on it")
        }
        return found
    }

    /// Those that have been worked on here, or may be at any time: what a crash left of them is for us to repair.
    func worked(_ options: GlobalOptions) throws -> [EnvironmentConfiguration] {
        try environments.filter { environment in
            try !environment.targets.isEmpty && (environment.remote == nil || Self.knows(environment.name, options))
        }
    }

    /// An environment that a person decides about: that is for the Stoker that runs it.
    func decided(_ name: String, _ options: GlobalOptions) throws -> EnvironmentConfiguration {
        let found = try environment(name)
        guard let remote = found.remote, try !Self.knows(found.name, options) else { return found }
        let here = found.targets.isEmpty ? "" : ", or begin with `stoker run --environment \(name)` here"
        throw CommandError("\(name) is run by the Stoker at \(remote.url): give the command there\(here)")
    }

    /// The one that is named; all that run here where none is.
    func decided(_ name: String?, _ options: GlobalOptions) throws -> [EnvironmentConfiguration] {
        if let name { return [try decided(name, options)] }
        let found = try worked(options)
        if found.isEmpty { throw CommandError("no environment of the configuration runs here: name one") }
        return found
    }

    /// Whether the journal of this storage directory has ever heard of it.
    static func knows(_ name: EnvironmentName, _ options: GlobalOptions) throws -> Bool {
        do throws(Journal.Problem) {
            let journal = try Journal.reading(storage: options.storage)
            defer { journal?.close() }
            return try journal?.record(of: name) != nil
        } catch {
            throw CommandError(error.message)
        }
    }
}
