import HTTP
import StokerCore

extension PrometheusClient {
    /// `POST /-/reload`, which most programs answer when the reload ended: up to minutes later.
    public func reload(timeout: Duration) async -> ReloadOutcome {
        let response: Response
        do throws(PrometheusError) {
            response = try await send("POST", profile.reloadPath, limit: Limit.small, timeout: timeout)
        } catch {
            switch error.kind {
            case .unreachable: return .down(message: error.message)
            case .secret: return .notPossible(message: error.message)
            case .lost, .starting, .refused, .rejected, .malformed, .stranger: return .unknown(message: error.message)
            }
        }
        if response.isSuccess { return .accepted(answered: profile.reloadAnswers) }
        switch response.status {
        case 403 where profile.kind == .prometheus:
            return .notPossible(
                message: "\(address)/-/reload answers 403: start the process with --web.enable-lifecycle, "
                    + "or use reload: {method: signal, pid_file: …}")
        case 401, 403, 404, 405:
            return .notPossible(message: refusal(response, profile.reloadPath).message)
        case 502, 503, 504:
            // A proxy in between, or a process that starts: nobody knows.
            return .unknown(message: refusal(response, profile.reloadPath).message)
        default:
            let text = response.text
            return .refused(
                status: response.status, message: Excerpt.of(response.body),
                partlyApplied: !profile.reloadIsAtomic && !text.contains("couldn't load configuration"))
        }
    }
}
