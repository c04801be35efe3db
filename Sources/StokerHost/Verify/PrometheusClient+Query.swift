import HTTP
import StokerCore

/// Queries.
extension PrometheusClient {
    /// An instant query.
    /// - Parameter time: RFC 3339 or seconds since 1970; nil for now.
    public func query(_ expression: String, time: String? = nil) async -> QueryAnswer {
        var form = [("query", expression)]
        if let time { form.append(("time", time)) }
        do throws(PrometheusError) {
            let path = "/api/v1/query"
            let response = try await send("POST", path, form: form, limit: Limit.targets)
            let (result, warnings) = try decode(QueryData.self, response, path)
            if !result.isEmpty { return .nonEmpty }
            // Empty because a remote storage did not answer is no answer.
            if let warning = warnings.first(where: { $0.hasPrefix("remote_read") }) { return .inconclusive(warning) }
            return .empty
        } catch {
            return .inconclusive(error.message)
        }
    }
}

/// What an instant query says, as far as a check asks.
public enum QueryAnswer: Hashable, Sendable {
    /// At least one series, or a number.
    case nonEmpty
    case empty
    /// One sentence: why nobody can tell.
    case inconclusive(String)
}

/// `data` of a query, of which only the emptiness counts.
private struct QueryData: Decodable {
    let isEmpty: Bool

    private enum Key: String, CodingKey { case result }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        isEmpty = try container.decodeNil(forKey: .result) || container.nestedUnkeyedContainer(forKey: .result).isAtEnd
    }
}
