import StokerCore

/// A commit every minute through a line of environments, and how long each takes to the end of it.
public struct PipelineStream {
    /// How long a content soaks before each environment but the first.
    public let soak: Duration
    /// From the first to the last.
    public let length: Int
    /// Which of several is next.
    public let advance: Advance

    /// A line of environments, each after the one before.
    public init(length: Int, soak: Duration, advance: Advance) {
        self.length = length
        self.soak = soak
        self.advance = advance
    }

    /// The longest that a commit took to be live in the last environment, by those that had the time; nil where none
    /// arrived.
    /// - Parameter minutes: how long the stream goes on.
    public func worstLag(minutes: Int) -> Duration? {
        let names = (0..<length).map { EnvironmentName("e\($0)") }
        let world = PipelineWorld(
            names.enumerated().map { index, name in
                EnvironmentConfiguration(
                    name: name, layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .report, verify: nil,
                    targets: [
                        TargetConfiguration(
                            id: "prometheus", kind: .prometheus, path: ".", configFile: "prometheus.yml",
                            deployTo: "/etc/\(index)", url: "http://localhost")
                    ], after: index == 0 ? Upstreams() : Upstreams([names[index - 1]]),
                    gates: GateConfiguration(soak: index == 0 ? .zero : soak), advance: advance)
            })
        var arrived: [Int: Int] = [:]
        for minute in 0..<minutes {
            world.push(Dictionary(uniqueKeysWithValues: names.map { ($0, ContentID("good-\(minute)")) }))
            // Every environment hears of its neighbours within a minute, whatever the order.
            for _ in 0..<2 { for stage in world.order { stage.turn() } }
            if let text = world.order.last?.disk?.rawValue, let newest = Int(text.dropFirst("good-".count)) {
                for commit in 0...newest where arrived[commit] == nil { arrived[commit] = minute }
            }
            world.pass(.seconds(60))
        }
        let lags = arrived.map { $0.value - $0.key }
        // What was pushed towards the end had no time.
        return lags.max().map { .seconds(60 * $0) }
    }
}
