/// What of a target's configuration decides which files go where: with another shape the same content is deployed anew.
public struct TargetShape: Hashable, Codable, Sendable {
    /// Another folder holds none of our files: its inventory begins empty, and what is in the old one stays.
    public let deployTo: String
    /// Path, main file, layout and rule tests, as one text.
    public let selection: String

    /// The shape of a target in its environment.
    public init(_ target: TargetConfiguration, in environment: EnvironmentConfiguration) {
        deployTo = target.deployTo
        let parts =
            [target.path, target.configFile ?? "none", target.layout?.rawValue ?? ""] + environment.ruleTests
            + environment.routingTests
        selection = parts.joined(separator: "\n")
    }
}

extension EnvironmentLoop {
    /// Called once, before the first event and before recovery: what is live under another configuration of the targets
    /// is not what is desired now.
    /// - Returns: targets that have another folder now, whose inventory is to be forgotten.
    public mutating func adoptShapes() -> [Target.ID] {
        // What is half-way is finished under the configuration it began with.
        guard running == nil, record.unsettled.isEmpty else { return [] }
        let now = Dictionary(
            uniqueKeysWithValues: configuration.targets.map { ($0.id, TargetShape($0, in: configuration)) })
        defer {
            unsaved = unsaved || record.shapes != now
            record.shapes = now
        }
        guard let before = record.shapes, before != now else { return [] }
        record.live = nil
        return now.filter { id, shape in before[id].map { $0.deployTo != shape.deployTo } ?? false }.keys.sorted()
    }
}
