import Foundation
import Git
import TestSupport
import Testing

@Suite struct FetchTests {
    private func fetch(
        _ test: TestRepository, _ refspecs: [String], into cache: Repository, url: String? = nil, limit: Int = 1 << 30
    ) throws -> FetchProgress {
        try cache.fetch(
            FetchSettings(url: url ?? test.git.bare, receivedBytesLimit: limit), choose: { _ in refspecs },
            report: { _ in })
    }

    @Test func bringsOnlyWhatIsAsked() async throws {
        try await TestRepository.with { test in
            let main = try await test.git.push(["a": "1"])
            try await test.git.git("push", "-q", "origin", "HEAD:other")
            let cache = try Repository.initBare(at: test.directory("cache"))
            let progress = try fetch(test, ["+refs/heads/main:refs/stoker/heads/main"], into: cache)
            #expect(progress.receivedObjects == 3)
            #expect(try cache.references(below: "refs/") == ["refs/stoker/heads/main"])
            #expect(try cache.resolve("refs/stoker/heads/main")?.description == main)
        }
    }

    @Test func showsWhatTheServerHas() async throws {
        try await TestRepository.with { test in
            let main = try await test.git.push(["a": "1"])
            let cache = try Repository.initBare(at: test.directory("cache"))
            var advertised: [RemoteReference] = []
            let progress = try cache.fetch(
                FetchSettings(url: "file://\(test.git.bare)"),
                choose: {
                    advertised = $0
                    return []
                }, report: { _ in })
            #expect(progress == FetchProgress())
            #expect(advertised.map(\.name).sorted() == ["HEAD", "refs/heads/main"])
            #expect(advertised.allSatisfy { $0.id.description == main })
            #expect(advertised.first { $0.name == "HEAD" }?.symbolicTarget == "refs/heads/main")
        }
    }

    @Test func followsAForcePushAndPrunes() async throws {
        try await TestRepository.with { test in
            try await test.git.push(["a": "1"])
            try await test.git.push(["a": "2"])
            try await test.git.git("push", "-q", "origin", "HEAD:gone")
            let cache = try Repository.initBare(at: test.directory("cache"))
            let all = ["+refs/heads/*:refs/stoker/heads/*"]
            _ = try fetch(test, all, into: cache)
            #expect(try cache.references(below: "refs/").count == 2)
            let rewritten = try await test.git.forcePush(["a": "3"])
            try await test.git.git("push", "-q", "origin", ":gone")
            _ = try fetch(test, all, into: cache)
            #expect(try cache.references(below: "refs/") == ["refs/stoker/heads/main"])
            #expect(try cache.resolve("refs/stoker/heads/main")?.description == rewritten)
        }
    }

    @Test func givesUpAboveTheLimitOfBytes() async throws {
        try await TestRepository.with { test in
            let noise = (0..<4000).map { _ in UUID().uuidString }.joined(separator: "\n")
            try await test.git.push(["big": noise])
            let cache = try Repository.initBare(at: test.directory("cache"))
            let error = #expect(throws: GitError.self) {
                try fetch(test, ["+refs/heads/main:refs/stoker/heads/main"], into: cache, limit: 1000)
            }
            #expect(error?.code == .tooManyBytes)
            #expect(try cache.resolve("refs/stoker/heads/main") == nil)
        }
    }

    @Test func saysThatThereIsNoRepository() async throws {
        try await TestRepository.with { test in
            let cache = try Repository.initBare(at: test.directory("cache"))
            for url in [test.directory("nowhere"), "file://\(test.directory("nowhere"))", test.directory.path] {
                let error = #expect(throws: GitError.self) { try fetch(test, [], into: cache, url: url) }
                #expect(error?.area == .network || error?.area == .system || error?.area == .repository)
                #expect(error?.message.hasPrefix("could not connect: ") == true)
            }
        }
    }

    @Test func opensNoSocketByItself() async throws {
        try await TestRepository.with { test in
            let cache = try Repository.initBare(at: test.directory("cache"))
            for url in ["http://127.0.0.1:1/x", "https://127.0.0.1:1/x", "git://127.0.0.1:1/x", "ssh://127.0.0.1:1/x"] {
                let error = #expect(throws: GitError.self) { try fetch(test, [], into: cache, url: url) }
                #expect(error?.message.contains("onnect to") == false, "\(url): \(String(describing: error))")
                #expect(error?.area == .repository || error?.area == .system, "\(url): \(String(describing: error))")
            }
        }
    }
}
