// Checks: the user's own questions about a change. An answer is good or bad; no answer, an error or a time-out is neither,
// and never condemns. Each question has a limit of time and of what it may answer.

import HTTP
import StokerCore

/// Asks the user's checks of one environment.
struct CheckAsker: Sendable {
    /// The environment's first target, which queries without an address of their own are for.
    let target: PrometheusClient

    /// Bytes read of a page.
    private static let pageLimit = 4 << 20
    /// How long one page may take.
    private static let pageTimeout = Duration.seconds(30)
    /// Bytes kept of what a command prints.
    private static let outputLimit = 4096

    /// In the order of the checks, one after the other; those that are not due are not asked.
    /// - Parameter due: their places; nil for all.
    func results(of checks: [CheckConfiguration], due: Set<Int>? = nil) async -> [Probe.CheckResult] {
        var results: [Probe.CheckResult] = []
        for (index, check) in checks.enumerated() {
            guard due?.contains(index) ?? true else {
                results.append(.notAsked)
                continue
            }
            results.append(await result(of: check.question))
        }
        return results
    }

    private func result(of question: CheckConfiguration.Question) async -> Probe.CheckResult {
        switch question {
        case .query(let expression, let passWhen, let endpoint):
            let client = endpoint.map { target.client(of: $0) } ?? target
            switch await client.query(expression) {
            case .nonEmpty: return passWhen == .nonEmpty ? .pass : .fail
            case .empty: return passWhen == .empty ? .pass : .fail
            case .inconclusive: return .inconclusive
            }
        case .http(let endpoint, let statuses, let body):
            return await page(endpoint, statuses: statuses, body: body)
        case .command(let words, let timeout):
            return await command(words, timeout: timeout)
        }
    }

    private func page(
        _ endpoint: CheckConfiguration.Endpoint, statuses: [Int], body: String?
    ) async -> Probe.CheckResult {
        do throws(PrometheusError) {
            let response = try await target.client(of: endpoint).send(
                "GET", "", limit: Self.pageLimit, timeout: Self.pageTimeout)
            guard statuses.contains(response.status) else { return .fail }
            guard let body else { return .pass }
            return String(decoding: response.body, as: UTF8.self).contains(body) ? .pass : .fail
        } catch {
            return .inconclusive
        }
    }

    private func command(_ words: [String], timeout: Duration) async -> Probe.CheckResult {
        guard let program = words.first else { return .inconclusive }
        let result = await ChildProcess.run(
            program, Array(words.dropFirst()), limit: timeout, outputLimit: Self.outputLimit, streams: .combined)
        switch result.exit {
        case .exited(0): return .pass
        // What the plugins of monitoring systems call a warning and critical.
        case .exited(1), .exited(2): return .fail
        case .exited, .signalled, .timedOut, .couldNotStart: return .inconclusive
        }
    }
}

extension PrometheusClient {
    /// A client of another server, over the same threads.
    func client(of endpoint: CheckConfiguration.Endpoint) -> PrometheusClient {
        PrometheusClient(url: endpoint.url, access: endpoint.http, http: http)
    }
}
