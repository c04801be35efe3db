import StokerCore

/// The environments of the file that another Stoker runs: asks for their standing and writes it on the board.
@HostActor
public final class RemoteStandings {
    /// What one question has brought.
    public struct Answered: Sendable {
        /// Of which environment.
        public let name: EnvironmentName
        /// The board says something else than before.
        public let isNews: Bool
        /// Why it could not be asked; nil where it could.
        public let trouble: String?
    }

    /// The environments, in file order.
    public nonisolated let names: [EnvironmentName]
    private let questions: [EnvironmentName: RemoteQuestion]
    private let board: StandingBoard
    private let http: HTTPAccessor
    private let pollInterval: Duration
    private let troubleSince: [EnvironmentName: WallTime]?

    /// Servers that hang must not keep each other's answers for long, nor take the connections of the targets.
    private nonisolated static let atOnce = 8

    /// Nothing is asked yet, and nothing of them counts until then: whatever the journal remembers of them is of a time when
    /// they ran here.
    /// - Parameters:
    ///   - environments: those with `remote` that do not run here; others are passed over.
    ///   - pollInterval: how often they are asked at least.
    ///   - troubleSince: since when those of them could not be asked that somebody else asks all the time; of the others
    ///     nobody knows it. Nil: it is this one that asks all the time.
    public init(
        _ environments: [EnvironmentConfiguration], board: StandingBoard, userAgent: String, pollInterval: Duration,
        troubleSince: [EnvironmentName: WallTime]? = nil
    ) {
        let accessor = HTTPAccessor(userAgent: userAgent, atOnce: Self.atOnce)
        var questions: [EnvironmentName: RemoteQuestion] = [:]
        for environment in environments {
            guard let remote = environment.remote else { continue }
            questions[environment.name] = RemoteQuestion(name: environment.name, remote: remote, http: accessor.client)
            let trouble = UpstreamStanding.Trouble(
                since: Self.beginning(of: environment.name, troubleSince), message: "it was not asked yet")
            board.take(UpstreamStanding(name: environment.name, trouble: trouble))
        }
        names = environments.map(\.name).filter { questions[$0] != nil }
        self.questions = questions
        self.board = board
        http = accessor
        self.pollInterval = pollInterval
        self.troubleSince = troubleSince
    }

    private static func beginning(of name: EnvironmentName, _ known: [EnvironmentName: WallTime]?) -> WallTime? {
        guard let known else { return Clock.wall() }
        return known[name]
    }

    /// Asks all of them once.
    @discardableResult
    public func ask() async -> [Answered] { await ask(names) }

    /// Asks some of them once, a few at a time, each within its `timeout`.
    /// - Returns: what was answered, without what was called off.
    @discardableResult
    public func ask(_ names: [EnvironmentName]) async -> [Answered] {
        var waiting = names.compactMap { questions[$0] }[...]
        return await withTaskGroup(of: (RemoteQuestion, RemoteQuestion.Answer).self) { group in
            var answered: [Answered] = []
            for _ in 0..<Self.atOnce {
                guard let next = waiting.popFirst() else { break }
                group.addTask { (next, await next.ask()) }
            }
            while let (question, answer) = await group.next() {
                if let found = take(question, answer) { answered.append(found) }
                if let next = waiting.popFirst() { group.addTask { (next, await next.ask()) } }
            }
            return answered
        }
    }

    private func take(_ question: RemoteQuestion, _ answer: RemoteQuestion.Answer) -> Answered? {
        let name = question.name
        switch answer {
        case .calledOff: return nil
        case .standing(let standing):
            // Twice as long as it may take until the next answer.
            let until = Clock.instant() + (pollInterval + question.remote.timeout) * 2 + .seconds(60)
            return Answered(name: name, isNews: board.take(standing, until: until), trouble: nil)
        case .trouble(let message):
            var standing = board.told(of: name) ?? UpstreamStanding(name: name)
            standing.trouble = UpstreamStanding.Trouble(
                since: standing.trouble?.since ?? Self.beginning(of: name, troubleSince), message: message)
            return Answered(name: name, isNews: board.take(standing), trouble: message)
        }
    }

    /// Ends what runs.
    public func close() { http.close() }
}
