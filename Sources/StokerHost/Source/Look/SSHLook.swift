import StokerCore

/// One look over ssh: one run of the `ssh` program, whichever protocol the server speaks.
///
/// Protocol 2 is asked for through a variable that many servers do not pass on, and our question is sent before the server
/// has said which one it speaks. One of protocol 0 has shown all its references by the time it finds that it does not
/// understand; that answers the question, too, and from then on it is asked as it likes.
struct SSHLook: Sendable {
    /// What is remembered about a server.
    enum Server: Hashable, Sendable { case version0, version2 }

    let access: SSHSourceAccess
    let question: RefQuestion
    let url: SourceURL
    let references: Int
    /// The limit of one run.
    let timeout: Duration

    /// Looks.
    /// - Returns: where the refs are, and what to remember.
    func run(_ remembered: Server?) async -> (Result<RefsSeen, FetchFailure>, Server?) {
        let version = remembered ?? .version2
        do throws(FetchFailure) {
            var (seen, spoken) = try await ask(question, version)
            if spoken == .version2, seen.maybeEmpty(question) {
                seen.hasBranches = try await ask(.anyBranch, version).0.hasBranches
            }
            return (.success(seen), spoken)
        } catch {
            return (.failure(error), remembered)
        }
    }

    private func ask(_ question: RefQuestion, _ version: Server) async throws(FetchFailure) -> (RefsSeen, Server) {
        let list = ListRequest(question: question)
        let command = SSHCommand(access, protocolVersion: version == .version2 ? 2 : nil)
        // A flush ends the conversation: nothing is wanted, no other command comes.
        let input =
            version == .version2
            ? list.bytes(ServerCapabilities(), agent: "") + PktLineReader.flush : PktLineReader.flush
        let result = await ChildProcess.run(
            SSHCommand.program, command.arguments, environment: command.environment, input: input, limit: timeout,
            outputLimit: outputLimit, overflow: .end)
        guard result.standardOutput.dropped == 0 else { throw complaint.tooManyReferences(references) }
        do throws(AdvertisementProblem) {
            var reader = PktLineReader(result.standardOutput.bytes)
            switch try Advertisement(&reader, question: question, limit: references) {
            case .references(let seen): return (seen, .version0)
            case .capabilities: return (try list.answer(&reader, limit: references), .version2)
            }
        } catch {
            throw failure(result, error)
        }
    }

    /// Why the output is no answer. ssh's own words come before what we could say about the bytes.
    private func failure(_ result: ChildResult, _ problem: AdvertisementProblem) -> FetchFailure {
        let bytes = result.standardOutput.bytes
        let isGreeted = bytes.count >= 4 && bytes.prefix(4).allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        switch result.exit {
        case .couldNotStart: return FetchFailure(.local, SSHCommand.missing)
        case .timedOut:
            return Task.isCancelled
                ? FetchFailure(.cancelled, "the look at \(url.shown) was cancelled")
                : FetchMessage.timeout(url, .connecting, after: timeout)
        case .exited(0): return !bytes.isEmpty && !isGreeted ? complaint.noise(bytes) : problem.failure(url)
        case .exited(let code): return failure(result, problem, code, isGreeted)
        case .signalled: return failure(result, problem, nil, isGreeted)
        }
    }

    private func failure(
        _ result: ChildResult, _ problem: AdvertisementProblem, _ code: Int32?, _ isGreeted: Bool
    ) -> FetchFailure {
        switch problem {
        case .tooMany: return problem.failure(url)
        case .malformed, .refused:
            let said = result.standardError.text
            if said.allSatisfy(\.isWhitespace), !result.standardOutput.bytes.isEmpty {
                return isGreeted ? problem.failure(url) : complaint.noise(result.standardOutput.bytes)
            }
            return complaint.failure(said: said, code: code, isGreeted: isGreeted)
        }
    }

    private var complaint: SSHComplaint { SSHComplaint(access: access) }

    private var outputLimit: Int {
        // ChildProcess keeps up to twice the limit for a moment.
        let (bytes, overflow) = references.multipliedReportingOverflow(by: 300)
        return overflow ? .max / 4 : min(bytes + (64 << 10), .max / 4)
    }
}
