/// Polls until `condition` answers with a value, for at most `limit`.
///
/// - Parameter what: completes the sentence "… did not happen within".
/// - Throws: `TestFailure` when the limit passes; errors of `condition` count as "not yet" and the last one is reported.
public func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(50),
    isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var lastError: (any Error)?
    while true {
        do {
            if let value = try await condition() { return value }
            lastError = nil
        } catch let error as CancellationError {
            throw error
        } catch {
            lastError = error
        }
        guard clock.now < deadline else {
            let last = lastError.map { "; the last look failed: \($0)" } ?? ""
            throw TestFailure("\(what) did not happen within \(limit)\(last)")
        }
        try await Task.sleep(for: pause)
    }
}

/// The same for a plain condition.
public func eventually(
    _ what: String, within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(50),
    isolation: isolated (any Actor)? = #isolation, holds condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, every: pause, isolation: isolation) {
        try await condition() ? true : nil
    }
}
