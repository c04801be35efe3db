import Foundation
import StokerCore
import StokerHost
import TestSupport

/// A server that says what a test wants, and a Stoker that reads `staging` from it.
@HostActor
struct RemoteFixture {
    let board: StandingBoard
    let standings: RemoteStandings

    init(
        _ url: String, access: HTTPAccess = HTTPAccess(), timeout: Duration = .seconds(10),
        names: [String] = ["staging"], board: StandingBoard? = nil, troubleSince: [EnvironmentName: WallTime]? = nil
    ) {
        let board = board ?? StandingBoard(journal: nil)
        self.board = board
        standings = RemoteStandings(
            names.map { name in
                EnvironmentConfiguration(
                    name: EnvironmentName(name), layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .report,
                    verify: nil, targets: [],
                    remote: RemoteEnvironment(url: url, http: access, timeout: timeout))
            }, board: board, userAgent: "test", pollInterval: .seconds(60), troubleSince: troubleSince)
    }

    /// What the board says now.
    var staging: UpstreamStanding? { board.standing(of: "staging", at: Clock.instant()) }

    /// One question, and what was in its way.
    func ask() async -> String? { await standings.ask().first?.trouble }

    static let content = ContentID("aa")

    /// An answer in which one content is verified.
    nonisolated static let good = answer(
        #"{"verified":[{"content":"aa","verified_at":"2026-01-02T03:04:05Z","soaked_seconds":7.5,"soaking":true,"takings":[]}],"#
            + #""running":"aa","degraded":{},"revoked":{},"rejected":{},"suspended":false,"in_hurry":false}"#)

    nonisolated static func answer(_ standing: String, name: String = "staging") -> String {
        #"{"status":"success","data":{"name":"\#(name)","standing":\#(standing)}}"#
    }

    nonisolated static func http(_ body: String, status: String = "200 OK", fields: String = "") -> [UInt8] {
        Array(
            "HTTP/1.1 \(status)\r\nConnection: close\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8
        )
    }

    /// Runs a test against a server with one answer.
    static func with(
        _ response: [UInt8], access: HTTPAccess = HTTPAccess(), pause: Duration? = nil,
        timeout: Duration = .seconds(10),
        _ body: (RemoteFixture, ScriptedServer) async throws -> Void
    ) async throws {
        let server = try ScriptedServer(pause: pause) { _ in response }
        defer { server.stop() }
        let fixture = RemoteFixture("http://127.0.0.1:\(server.port)", access: access, timeout: timeout)
        defer { fixture.standings.close() }
        try await body(fixture, server)
    }
}
