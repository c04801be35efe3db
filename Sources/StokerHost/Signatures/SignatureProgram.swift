/// A program that judges signatures, run once.
enum SignatureProgram {
    /// Why it did not answer.
    struct Unanswered: Error {
        /// One sentence: what failed, what to do.
        let message: String
    }

    /// They need milliseconds; a machine that is overrun may take its time to start them.
    private static let limit = Duration.seconds(60)

    /// Runs it to its end; an exit code of its own, whichever, is an answer.
    static func run(
        _ program: String, package: String, _ arguments: [String], _ input: [UInt8]
    ) async -> Result<ChildResult, Unanswered> {
        let result = await ChildProcess.run(program, arguments, input: input, limit: limit, outputLimit: 1 << 16)
        switch result.exit {
        case .exited: return .success(result)
        case .couldNotStart(let why):
            return .failure(Unanswered(message: "signatures cannot be checked: \(why): install \(package)"))
        case .timedOut:
            return .failure(
                Unanswered(message: "\(program) did not answer within \(limit.prometheusText): it is asked again"))
        case .signalled(let signal):
            return .failure(Unanswered(message: "\(program) was ended by signal \(signal): it is asked again"))
        }
    }
}
