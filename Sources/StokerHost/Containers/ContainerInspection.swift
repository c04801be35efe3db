import Glibc

/// What an engine says of one container, as far as we ask. podman leaves some of it out.
struct ContainerInspection: Decodable, Hashable, Sendable {
    /// Where it is in its life.
    struct State: Decodable, Hashable, Sendable {
        /// `created`, `running`, `paused`, `restarting`, `exited`, `dead`; podman has `stopped` and others.
        let status: String
        let pid: pid_t?
        let exitCode: Int?
        let startedAt: String?

        private enum CodingKeys: String, CodingKey {
            case status = "Status"
            case pid = "Pid"
            case exitCode = "ExitCode"
            case startedAt = "StartedAt"
        }
    }

    /// Something of the host that it sees.
    struct Mount: Decodable, Hashable, Sendable {
        /// On the host; of a volume, the volume's folder.
        let source: String
        /// In the container.
        let destination: String

        private enum CodingKeys: String, CodingKey {
            case source = "Source"
            case destination = "Destination"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            // A tmpfs has no source.
            source = try container.decodeIfPresent(String.self, forKey: .source) ?? ""
            destination = try container.decode(String.self, forKey: .destination)
        }

        init(source: String, destination: String) {
            self.source = source
            self.destination = destination
        }
    }

    private struct Config: Decodable, Hashable, Sendable {
        let terminal: Bool?
        private enum CodingKeys: String, CodingKey { case terminal = "Tty" }
    }

    let id: String
    let name: String
    let state: State
    private let listed: [Mount]?
    private let config: Config?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case state = "State"
        case listed = "Mounts"
        case config = "Config"
    }

    var mounts: [Mount] { listed ?? [] }
    /// Its output is one stream, without frames.
    var hasTerminal: Bool { config?.terminal ?? false }
    var isRunning: Bool { state.status == "running" }

    /// The name without Docker's slash.
    var shown: String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

    /// For messages: `exited with code 2`.
    var condition: String {
        switch state.status {
        case "exited", "stopped", "dead", "restarting": "\(state.status) with exit code \(state.exitCode ?? 0)"
        default: state.status
        }
    }

    /// Whether this is still the process of an earlier look.
    func isSameRun(as earlier: ContainerInspection) -> Bool {
        id == earlier.id && state.startedAt == earlier.state.startedAt && state.pid == earlier.state.pid
    }
}
