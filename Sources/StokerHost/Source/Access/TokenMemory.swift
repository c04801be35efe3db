import StokerCore
import Synchronization

/// What the source's `credentials_command` printed last, for five minutes: short-lived tokens live for an hour, and a
/// program that asks somebody for one must not run at every poll. One for each source.
final class TokenMemory: Sendable {
    private static let lifetime = Duration.seconds(300)
    /// A token comes from a file, a keyring or one request.
    private static let limit = Duration.seconds(10)

    private struct Token {
        let text: String
        let end: ContinuousClock.Instant
    }

    private let token = Mutex<Token?>(nil)

    /// Whether a token is remembered: then a server that refuses it may only want a new one.
    var isFilled: Bool {
        token.withLock { $0.map { $0.end > ContinuousClock.now } ?? false }
    }

    /// The server refused the token: the next question is the program's.
    func forget() {
        token.withLock { $0 = nil }
    }

    /// The token that is remembered, or a new one.
    func token(of configuration: SourceConfiguration) async throws(FetchFailure) -> String {
        if let known = token.withLock({ $0 }), known.end > ContinuousClock.now { return known.text }
        let text = try await ask(configuration.credentialsCommand, timeout: configuration.timeout)
        token.withLock { $0 = Token(text: text, end: ContinuousClock.now + Self.lifetime) }
        return text
    }

    private func ask(_ command: [String], timeout: Duration) async throws(FetchFailure) -> String {
        let limit = min(Self.limit, timeout)
        guard let program = command.first else {
            throw FetchFailure(.local, "there is no credentials_command to ask for a token")
        }
        let name = "the credentials_command \(program) of the source"
        let result = await ChildProcess.run(
            program, Array(command.dropFirst()), limit: limit, outputLimit: SecretText.limit)
        switch result.exit {
        case .exited(0): break
        case .exited(let code):
            throw FetchFailure(.local, "\(name) ended with code \(code)\(Self.complaint(result))")
        case .signalled(let signal):
            throw FetchFailure(.local, "\(name) was ended by signal \(signal)\(Self.complaint(result))")
        case .timedOut:
            throw FetchFailure(
                .local,
                "\(name) did not end within \(limit.prometheusText)\(limit == timeout ? " (source.timeout)" : ", a fixed limit")\(Self.complaint(result))"
            )
        case .couldNotStart(let why):
            throw FetchFailure(.local, "the credentials_command of the source did not run: \(why)")
        }
        guard result.standardOutput.dropped == 0 else {
            throw FetchFailure(.local, "\(name) must print one line, and printed more than \(SecretText.limit) bytes")
        }
        switch SecretText.oneLine(result.standardOutput.bytes) {
        case .success(let text): return text
        case .failure(.empty):
            throw FetchFailure(.local, "\(name) must print one line, and printed nothing\(Self.complaint(result))")
        case .failure(.severalLines):
            throw FetchFailure(.local, "\(name) must print one line, and printed more than one")
        }
    }

    /// The last line of standard error. Standard output, which may be the token, is never shown.
    private static func complaint(_ result: ChildResult) -> String {
        let lines = result.standardError.text.split(whereSeparator: \.isNewline)
        guard let last = lines.last(where: { !$0.allSatisfy(\.isWhitespace) }) else { return "" }
        let scalars = last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }
        return ": " + String(String.UnicodeScalarView(scalars).prefix(300))
    }
}
