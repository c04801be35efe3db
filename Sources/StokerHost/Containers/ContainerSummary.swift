/// One item of the list of containers.
struct ContainerSummary: Decodable {
    let id: String
    let state: String
    private let names: [String]?
    private let labels: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case state = "State"
        case names = "Names"
        case labels = "Labels"
    }

    /// Not one that `compose run` made for a single command.
    var isOfService: Bool { labels?["com.docker.compose.oneoff"]?.lowercased() != "true" }

    var shown: String {
        let name = names?.first ?? String(id.prefix(12))
        let plain = name.hasPrefix("/") ? String(name.dropFirst()) : name
        return labels?["com.docker.compose.project"].map { "\(plain) (project \($0), \(state))" }
            ?? "\(plain) (\(state))"
    }
}
