import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// What the parent makes of children that do not do what they should.
@Suite struct FetchChildTests {
    private func failure(of script: String, timeout: Duration = .seconds(60)) async throws -> (FetchFailure, String) {
        try await SourceFixture.with { test in
            let program = test.directory("child")
            try await Files.writeProgram("#!/bin/sh\n\(script)\n", to: program)
            let configured = try test.source(timeout: timeout)
            let source = GitSource(
                configured.configuration, refs: configured.refs, storage: test.directory("storage"), executable: program
            )
            return (try await test.failed(source), test.git.bare)
        }
    }

    @Test func oneThatEndsWithoutAWord() async throws {
        let (failure, url) = try await failure(of: "exit 7")
        #expect(
            failure.message
                == "the fetch child for \(url) ended with code 7 without a result; its memory limit is 1GB (source.limits.max_memory)"
        )
    }

    @Test func oneThatIsKilled() async throws {
        let (failure, url) = try await failure(of: "read line; kill -9 $$")
        #expect(failure.message.hasPrefix("the fetch child for \(url) was ended by signal 9 without a result"))
    }

    @Test(arguments: ["yes", "yes | tr -d '\\n'", "echo nonsense; sleep 1000"])
    func oneThatTalksNonsense(_ script: String) async throws {
        let (failure, _) = try await failure(of: script)
        #expect(failure.kind == .local)
        #expect(failure.message.contains("did not behave as the fetch child"))
    }

    @Test func oneThatDoesNotBegin() async throws {
        let (failure, url) = try await failure(of: "sleep 1000", timeout: .seconds(1))
        #expect(
            failure.message
                == "the fetch child for \(url) did not begin within 1s (source.timeout): this machine has too much to do"
        )
    }

    @Test func oneThatIsToldToEnd() async throws {
        let (failure, url) = try await failure(of: "read line; kill -TERM $$")
        #expect(failure.kind == .local)
        #expect(
            failure.message
                == "the fetch child for \(url) was told to end by somebody else (signal 15): nothing was fetched; the next poll tries again"
        )
    }

    @Test func oneThatWaitsForTheLock() async throws {
        let (failure, url) = try await failure(
            of: "echo '{\"stage\":{\"_0\":{\"locking\":{}}}}'; sleep 1000", timeout: .seconds(1))
        #expect(
            failure.message
                == "another stoker uses the git cache of \(url) and did not finish within 1s (source.timeout)")
    }

    @Test func oneThatIsSlow() async throws {
        let stage = "{\"stage\":{\"_0\":{\"receiving\":{\"objects\":3,\"totalObjects\":9,\"bytes\":20480}}}}"
        let (failure, url) = try await failure(of: "echo '\(stage)'; sleep 1000", timeout: .seconds(1))
        #expect(
            failure.message
                == "the git repository at \(url) sent only 3 of 9 objects (20 KiB) within 1s (source.timeout): "
                + "raise source.timeout if it is slow but well")
    }

    @Test func oneThatClosesItsOutputAndStays() async throws {
        let (failure, _) = try await failure(of: "exec >&-; sleep 1000")
        #expect(failure.kind == .tooLarge)
    }
}
