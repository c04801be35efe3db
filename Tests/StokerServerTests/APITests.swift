import StokerCore
import StokerHost
import StokerServer
import TestSupport
import Testing

/// What `/api/v1` answers, whoever asks.
@Suite struct APITests {
    private struct Anything: Encodable, Sendable {
        let environments: [String]
        let reason: String? = nil
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(environments, forKey: .environments)
            try container.encode(reason, forKey: .reason)
        }
        private enum Keys: CodingKey { case environments, reason }
    }

    @Test func successIsWrappedAsPrometheusDoesIt() async throws {
        try await ServedAPI.run { api in
            api.set("", .data(Anything(environments: ["a/b", "c"])))
            let answer = try await api.request("GET", "/api/v1/environments")
            #expect(answer.status == 200)
            #expect(
                answer.body == #"{"data":{"environments":["a/b","c"],"reason":null},"status":"success"}"#)
        }
    }

    @Test func whatIsNotHereAndWhatCannotBeSaidNowAreErrorsOfTheirOwn() async throws {
        try await ServedAPI.run { api in
            let absent = try await api.request("GET", "/api/v1/environments/staging")
            #expect(absent.status == 404)
            #expect(
                absent.body
                    == #"{"error":"this Stoker does not run staging","errorType":"not_found","status":"error"}"#)
            api.set("staging", .unavailable("staging had no first look yet"))
            let early = try await api.request("GET", "/api/v1/environments/staging")
            #expect(early.status == 503)
            #expect(try JSON(parsing: early.body)["errorType"] == .string("unavailable"))
        }
    }

    @Test(
        arguments: [
            "a%20b", "%2e%2e%2fsecret", "%3Cscript%3E", String(repeating: "a", count: 64), "na%C3%AFve", "a%00b",
        ])
    func whatIsNoNameIsNotLookedFor(_ name: String) async throws {
        try await ServedAPI.run { api in
            let answer = try await api.request("GET", "/api/v1/environments/\(name)")
            #expect(answer.status == 400)
            let json = try JSON(parsing: answer.body)
            #expect(json["status"] == .string("error"))
            #expect(json["errorType"] == .string("bad_data"))
        }
    }

    @Test(
        arguments: [
            "/api/v1/targets", "/api/v1", "/api", "/api/v2/environments", "/api/v1/environments/a/b/c", "/nope", "/",
            "/-/nope",
        ])
    func otherPathsAreJSONToo(_ path: String) async throws {
        try await ServedAPI.run { api in
            for method in ["GET", "POST"] {
                let answer = try await api.request(method, path)
                #expect(answer.status == 404, "\(method)")
                #expect(answer.head.contains("application/json"), "\(answer)")
                let json = try JSON(parsing: answer.body)
                #expect(json["status"].string == "error" && json["errorType"].string == "not_found", "\(answer)")
                #expect(json["error"].string?.contains("/api/v1/environments/NAME") == true, "\(answer)")
            }
        }
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func nothingIsChangedOverIt(_ method: String) async throws {
        try await ServedAPI.run { api in
            api.set("staging", .data(Anything(environments: [])))
            let paths = ["/api/v1/environments/staging", "/api/v1/environments", "/-/healthy", "/-/ready"]
            for path in paths {
                let answer = try await api.request(method, path)
                #expect(answer.status == 405, "\(path)")
                let json = try JSON(parsing: answer.body)
                #expect(json["status"].string == "error" && json["errorType"].string == "bad_data", "\(answer)")
                #expect(answer.head.lowercased().contains("\r\nallow: get"), "\(answer)")
            }
            #expect(try await api.request("GET", "/-/healthy").status == 200)
        }
    }

    @Test(arguments: [("/-/healthy", 405), ("/nope", 404)])
    func anAnswerToHeadHasNoBody(_ path: String, _ status: Int) async throws {
        try await ServedAPI.run { api in
            let answer = try await api.request("HEAD", path)
            #expect(answer.status == status && answer.body.isEmpty, "\(answer)")
        }
    }

    @Test func aStandingHasEveryKey() async throws {
        try await ServedAPI.run { api in
            api.set(UpstreamStanding(name: "staging"))
            let body = try await api.request("GET", "/api/v1/environments/staging").body
            let empty =
                #"{"degraded":{},"in_hurry":false,"rejected":{},"revoked":{},"running":null,"suspended":false,"verified":[]}"#
            #expect(body == #"{"data":{"name":"staging","standing":\#(empty)},"status":"success"}"#)
            var full = RoundTripTests.full
            // What is no whole millisecond has not passed.
            full.verified[0] = UpstreamStanding.Verified(
                content: full.verified[0].content, verifiedAt: full.verified[0].verifiedAt,
                soaked: full.verified[0].soaked + .microseconds(999), isSoaking: true, takings: full.verified[0].takings
            )
            api.set(full)
            let standing = try JSON(parsing: try await api.request("GET", "/api/v1/environments/staging").body)
            let first = standing["data"]["standing"]["verified"][0]
            #expect(first["content"].string == String(repeating: "a", count: 64))
            #expect(first["verified_at"].string == "2026-01-02T03:04:05Z")
            #expect(first["soaked_seconds"].number == 12.345)
            #expect(first["takings"][0]["revision"].string == "main@sha1:3fa9c1d")
            #expect(first["takings"][0]["at"].string == "2026-01-02T03:04:05Z")
            #expect(first["takings"][0]["soaked_seconds"].number == 0.5)
        }
    }
}
