import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// What another Stoker, or whatever stands in its place, may answer: nothing but a whole standing counts.
@HostActor
@Suite struct RemoteAnswerTests {
    @Test func aWholeStandingCounts() async throws {
        try await RemoteFixture.with(RemoteFixture.http(RemoteFixture.good)) { fixture, server in
            #expect(fixture.staging?.trouble?.message == "it was not asked yet")
            #expect(await fixture.ask() == nil)
            let standing = try #require(fixture.staging)
            #expect(standing.trouble == nil)
            #expect(standing.verified(RemoteFixture.content)?.soaked == .milliseconds(7500))
            #expect(server.heads.first?.hasPrefix("GET /api/v1/environments/staging HTTP/1.1\r\n") == true)
        }
    }

    nonisolated private static let refusals: [(String, String, String)] = [
        ("401 Unauthorized", "", "answers 401: check basic_auth or authorization of remote"),
        ("403 Forbidden", "", "answers 403: these credentials of remote may not ask this"),
        (
            "404 Not Found", #"{"status":"error","errorType":"not_found","error":"x"}"#,
            "does not run staging: check url of remote, and which environments run there"
        ),
        ("404 Not Found", "<html>", "answers 404: check that url of remote leads to a Stoker, with its path prefix"),
        ("404 Not Found", #"{"error":1}"#, "answers 404: check that url of remote leads to a Stoker"),
        (
            "503 Service Unavailable",
            #"{"status":"error","errorType":"unavailable","error":"no look\u001b[31m yet\nand more"}"#,
            "cannot say: no look [31m yet and more"
        ),
        ("503 Service Unavailable", "busy", "answers 503: see the log of what listens there"),
        ("500 Internal Server Error", "", "answers 500: see the log of what listens there"),
        ("429 Too Many Requests", "", "answers 429"),
    ]

    @Test(arguments: refusals)
    func aRefusalSaysTheWayOut(_ status: String, _ body: String, _ words: String) async throws {
        try await RemoteFixture.with(RemoteFixture.http(body, status: status)) { fixture, _ in
            let trouble = try #require(await fixture.ask())
            #expect(trouble.contains(words), "\(trouble)")
            #expect(trouble.contains("http://127.0.0.1:"))
            #expect(fixture.staging?.trouble?.message == trouble)
        }
    }

    nonisolated private static let empty =
        #""running":null,"degraded":{},"revoked":{},"rejected":{},"suspended":false,"in_hurry":false}"#

    nonisolated private static func verified(_ at: String, _ soaked: String, takings: String = "[]") -> String {
        RemoteFixture.answer(
            #"{"verified":[{"content":"aa","verified_at":"\#(at)","soaked_seconds":\#(soaked),"soaking":true,"takings":\#(takings)}],"#
                + empty)
    }

    /// Another version's shape, or hostile values.
    nonisolated private static let strange: [String] = [
        #"{"status":"success","data":{"name":"staging"}}"#,
        #"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
        #"{"status":"success","data":null}"#,
        #"{"status":"success"}"#,
        RemoteFixture.answer("{}"),
        RemoteFixture.answer(
            #"{"verified":[],"degraded":{},"revoked":{},"rejected":{},"suspended":false,"in_hurry":false}"#),
        RemoteFixture.answer(
            #"{"verified":[],"running":null,"revoked":{},"rejected":{},"suspended":false,"in_hurry":false}"#),
        RemoteFixture.answer(
            #"{"verified":[],"running":null,"degraded":{},"revoked":{},"rejected":{},"suspended":false}"#),
        RemoteFixture.answer(#"{"verified":{},"# + empty),
        verified("2026-01-02T03:04:05Z", "-1"),
        verified("2026-01-02T03:04:05Z", "1e300"),
        verified("2026-01-02T03:04:05Z", "1e10"),
        verified("2026-01-02T03:04:05Z", "\"60\""),
        verified("yesterday", "1"),
        verified("99999999-01-02T03:04:05Z", "1"),
        verified(
            "2026-01-02T03:04:05Z", "1",
            takings: #"[{"revision":"main","at":"2026-01-02T03:04:05Z","soaked_seconds":0}]"#),
        verified(
            "2026-01-02T03:04:05Z", "1",
            takings: #"[{"revision":"main@sha1:aa","at":"2026-01-02T03:04:05Z","soaked_seconds":-5}]"#),
    ]

    @Test func wordsOfOthersTurnNothingAndHideNothing() async throws {
        let words = #"a\u202eb\u2066c\u2028d\u2029e\u200bf\ufeffg\ue000h\u0301i"#
        let body = RemoteFixture.answer(
            #"{"verified":[{"content":"aa","verified_at":"2026-01-02T03:04:05Z","soaked_seconds":1,"soaking":true,"#
                + #""takings":[{"revision":"main\u202e@sha1:aa","at":"2026-01-02T03:04:05Z","soaked_seconds":0}]}],"#
                + #""running":null,"degraded":{},"revoked":{"bb":"\#(words)"},"rejected":{},"suspended":false,"in_hurry":false}"#
        )
        try await RemoteFixture.with(RemoteFixture.http(body)) { fixture, _ in
            #expect(await fixture.ask() == nil)
            // An accent is a letter's, and stays.
            #expect(fixture.staging?.revoked[ContentID("bb")] == "a b c d e f g h\u{301}i")
            let taking = fixture.staging?.verified(RemoteFixture.content)?.takings.first
            #expect(taking?.revision.description == "main @sha1:aa")
        }
    }

    @Test(arguments: strange)
    func anotherShapeNeverCounts(_ body: String) async throws {
        try await RemoteFixture.with(RemoteFixture.http(body)) { fixture, _ in
            let trouble = try #require(await fixture.ask())
            #expect(trouble.contains("answers as another version of Stoker: run one version on both hosts"))
            #expect(fixture.staging?.verified(RemoteFixture.content) == nil)
        }
    }

    @Test(arguments: [
        "", "OK", "<!doctype html>", "[]", "null", #"{"status":"error","errorType":"x","error":"y"}"#, #"{"status":1}"#,
        String(repeating: "[", count: 200_000), #"{"status":"success""#, "\u{0}\u{FFFD}",
    ])
    func whatIsNoAnswerOfOursNeverCounts(_ body: String) async throws {
        try await RemoteFixture.with(RemoteFixture.http(body)) { fixture, _ in
            let trouble = try #require(await fixture.ask())
            #expect(trouble.contains("does not answer as Stoker does: check url of remote"))
        }
    }

    @Test func anotherEnvironmentsStandingIsNotTaken() async throws {
        let other = RemoteFixture.good.replacing("\"staging\"", with: "\"production\"")
        try await RemoteFixture.with(RemoteFixture.http(other)) { fixture, _ in
            let trouble = try #require(await fixture.ask())
            #expect(trouble.contains("answers about another environment, production"))
            #expect(fixture.staging?.verified == [])
        }
    }

    @Test func wordsOfOthersAreOneBoundedLine() async throws {
        let words = #"a\u001b[2Jb\r\nc\u0007"# + String(repeating: "x", count: 5000)
        let body = RemoteFixture.answer(
            #"{"verified":[],"running":null,"degraded":{},"revoked":{"bb":"\#(words)"},"rejected":{"cc":"\#(words)"},"#
                + #""suspended":false,"in_hurry":false}"#)
        try await RemoteFixture.with(RemoteFixture.http(body)) { fixture, _ in
            #expect(await fixture.ask() == nil)
            for text in [fixture.staging?.revoked[ContentID("bb")], fixture.staging?.rejected[ContentID("cc")]] {
                let text = try #require(text)
                #expect(text.hasPrefix("a [2Jb  c x"))
                #expect(text.count == 401)
            }
        }
    }
}
