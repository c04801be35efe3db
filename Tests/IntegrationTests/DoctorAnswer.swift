import TestSupport
import Testing

/// What one `stoker doctor -o json` said about its targets.
struct DoctorAnswer: CustomStringConvertible {
    let code: Int32
    let json: JSON
    private let error: String

    init(_ stoker: StokerProcess, _ environments: String...) async throws {
        let result = try await stoker.run(["doctor"] + environments + ["-o", "json"])
        code = result.code
        error = result.error
        json = try JSON(parsing: result.output)
        // No line may need another one.
        for check in json["targets"].array.flatMap(\.["checks"].array) {
            let isWhole = check["message"].string.map { !$0.isEmpty && !$0.contains("\n") } ?? false
            try #require(isWhole && check.object.count == 3, "\(check)")
        }
    }

    var description: String { "\(code) \(json) \(error)" }

    var checks: [JSON] { json["targets"].array.flatMap(\.["checks"].array) }

    /// Everything but `pass`, as `name verdict`.
    var troubles: [String] {
        checks.filter { $0["verdict"].string != "pass" }.map {
            "\($0["name"].string ?? "") \($0["verdict"].string ?? "")"
        }
    }

    /// Nothing but `pass`, of at least so many questions.
    func requireHealthy(_ count: Int = 9, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try #require(code == 0 && troubles.isEmpty && checks.count >= count, "\(self)", sourceLocation: sourceLocation)
    }

    /// One check has this verdict and says these words; the exit code follows from all of them.
    func require(
        _ name: String, _ verdict: String, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let found = checks.filter { $0["name"].string == name }
        let fits = found.contains { check in
            check["verdict"].string == verdict && words.allSatisfy { check["message"].string?.contains($0) ?? false }
        }
        try #require(fits, "\(name) is not \(verdict) with \(words): \(self)", sourceLocation: sourceLocation)
        let fails = checks.contains { $0["verdict"].string == "fail" }
        try #require(code == (fails ? 1 : 0), "\(self)", sourceLocation: sourceLocation)
    }
}

extension World {
    /// What the doctor says with another stoker.yml of the same world.
    func doctor(_ change: (inout StokerFile.Target) -> Void = { _ in }) async throws -> DoctorAnswer {
        try reconfigure { change(&$0.environments[0].targets[0]) }
        return try await DoctorAnswer(stoker)
    }
}
