import StokerCore

/// Who looks again when an environment stands differently: those after it, which may take a revision now, and those that it
/// is after, which may have waited for it.
struct Neighbours: Sendable {
    private let wakers: [EnvironmentName: [Waker]]
    private let names: [EnvironmentName: Set<EnvironmentName>]

    /// - Parameters:
    ///   - environments: all of the file.
    ///   - loops: of those that run here.
    init(_ environments: [EnvironmentConfiguration], _ loops: [EnvironmentName: Waker]) {
        var wakers: [EnvironmentName: [Waker]] = [:]
        var names: [EnvironmentName: Set<EnvironmentName>] = [:]
        for environment in environments {
            for upstream in environment.after.names {
                names[upstream, default: []].insert(environment.name)
                names[environment.name, default: []].insert(upstream)
                if let loop = loops[environment.name] { wakers[upstream, default: []].append(loop) }
                if let loop = loops[upstream] { wakers[environment.name, default: []].append(loop) }
            }
        }
        self.wakers = wakers
        self.names = names
    }

    /// Those next to it, wherever they run.
    func around(_ name: EnvironmentName) -> Set<EnvironmentName> { names[name] ?? [] }

    /// Whether somebody here cares.
    func exist(of name: EnvironmentName) -> Bool { wakers[name] != nil }

    /// Something about it is news.
    func wake(of name: EnvironmentName) {
        for waker in wakers[name] ?? [] { waker.wake(.poll) }
    }
}
