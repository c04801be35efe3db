import StokerCore

/// The time zones that the file names: their rules are read once, here, so that a zone that is not there is a mistake with
/// a place, and not a window that never opens.
final class ZoneList {
    private let load: (String) -> Result<ZoneRules, ZoneProblem>
    private var found: [String: ZoneRules] = ["UTC": .utc]
    private var missing: [String: ZoneProblem] = [:]

    /// - Parameter load: the rules of one zone, by its name.
    init(_ load: @escaping (String) -> Result<ZoneRules, ZoneProblem> = { ZoneFiles.rules($0) }) { self.load = load }

    /// The rules of all zones that are there, by name.
    var rules: [ZoneRules] { found.sorted { $0.key < $1.key }.map(\.value) }

    /// - Returns: why there is no such zone; nil where there is.
    func claim(_ name: String) -> ZoneProblem? {
        if found[name] != nil { return nil }
        if let problem = missing[name] { return problem }
        switch load(name) {
        case .success(let rules):
            found[name] = rules
            return nil
        case .failure(let problem):
            missing[name] = problem
            return problem
        }
    }
}
