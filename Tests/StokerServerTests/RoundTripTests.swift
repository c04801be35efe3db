import StokerCore
import StokerHost
import StokerServer
import TestSupport
import Testing

/// What one Stoker tells, and another one has understood: over the real server and the real client.
@Suite struct RoundTripTests {
    private static let at = WallTime(milliseconds: 1_767_323_045_000)

    /// Everything that a standing may hold.
    static let full = UpstreamStanding(
        name: "staging",
        verified: [
            UpstreamStanding.Verified(
                content: ContentID(String(repeating: "a", count: 64)), verifiedAt: at, soaked: .milliseconds(12_345),
                isSoaking: true,
                takings: [
                    SoakLedger.Taking(
                        revision: Revision(ref: "main", commit: CommitID("3fa9c1d")), at: at,
                        soaked: .milliseconds(500)),
                    SoakLedger.Taking(
                        revision: Revision(ref: "feature/x@y", commit: CommitID("beef")), at: at, soaked: .zero),
                ]),
            UpstreamStanding.Verified(
                content: ContentID("b"), verifiedAt: at, soaked: .seconds(90_000), isSoaking: false, takings: []),
        ],
        running: ContentID("c"), degraded: [ContentID("c"): "it is down"],
        revoked: [ContentID("d"): "it was rolled back by \"ann\""],
        rejected: [ContentID("e"): "rules/a.yml:3: no such function", ContentID("f"): "Größe"], isSuspended: true,
        isInHurry: true)

    @HostActor
    private static func ask(
        _ api: ServedAPI, _ name: EnvironmentName = "staging", board: StandingBoard
    ) async -> RemoteStandings.Answered? {
        let environment = EnvironmentConfiguration(
            name: name, layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .report, verify: nil, targets: [],
            remote: RemoteEnvironment(url: api.url))
        let standings = RemoteStandings([environment], board: board, userAgent: "test", pollInterval: .seconds(60))
        defer { standings.close() }
        return await standings.ask().first
    }

    @HostActor
    @Test func everythingArrives() async throws {
        try await ServedAPI.run { api in
            let board = StandingBoard(journal: nil)
            for standing in [Self.full, UpstreamStanding(name: "staging")] {
                api.set(standing)
                let answered = await Self.ask(api, board: board)
                #expect(answered?.trouble == nil)
                #expect(answered?.isNews == true)
                #expect(board.standing(of: "staging", at: Clock.instant()) == standing)
            }
        }
    }

    @HostActor
    @Test func anEnvironmentThatDoesNotRunThereIsNoOthersStanding() async throws {
        try await ServedAPI.run { api in
            api.set(Self.full)
            let board = StandingBoard(journal: nil)
            let answered = await Self.ask(api, "production", board: board)
            #expect(
                answered?.trouble
                    == "the Stoker at \(api.url) does not run production: check url of remote, and which environments "
                    + "run there")
            api.set("staging", .unavailable("staging had no first look yet"))
            let early = await Self.ask(api, board: board)
            #expect(early?.trouble == "the Stoker at \(api.url) cannot say: staging had no first look yet")
        }
    }

    @HostActor
    @Test func aStandingWithAllThatIsEverKeptIsNotTooLarge() async throws {
        try await ServedAPI.run { api in
            var standing = UpstreamStanding(name: "staging")
            let long = String(repeating: "x", count: 100_000)
            for entry in 0..<SoakLedger.memory {
                let takings = (0..<20).map {
                    SoakLedger.Taking(
                        revision: Revision(
                            ref: String(repeating: "b", count: 200),
                            commit: CommitID(String(repeating: "c", count: 38) + "\(10 + $0)")),
                        at: Self.at, soaked: .milliseconds($0))
                }
                let content = ContentID(String(repeating: "d", count: 62) + "\(10 + entry)")
                standing.verified.append(
                    UpstreamStanding.Verified(
                        content: content, verifiedAt: Self.at, soaked: .seconds(entry), isSoaking: true,
                        takings: takings))
                standing.revoked[content] = long
                standing.rejected[content] = long
            }
            api.set(standing)
            let board = StandingBoard(journal: nil)
            #expect(await Self.ask(api, board: board)?.trouble == nil)
            let told = try #require(board.standing(of: "staging", at: Clock.instant()))
            #expect(told.verified == standing.verified)
            #expect(told.rejected.values.allSatisfy { $0.count == 401 })
        }
    }
}
