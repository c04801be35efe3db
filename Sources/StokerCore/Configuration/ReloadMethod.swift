extension TargetConfiguration {
    /// One way to make the process read its files again, and how long it may take.
    public struct Reload: Hashable, Sendable {
        /// The way.
        public var method: ReloadMethod
        /// The limit of the request, the program or the engine's answer; see `confirmTimeout` for what outlives it.
        public var timeout: Duration

        /// Five minutes are what a large configuration needs.
        public init(_ method: ReloadMethod, timeout: Duration = .seconds(300)) {
            self.method = method
            self.timeout = timeout
        }
    }

    /// How the process is told to read its configuration again.
    public enum ReloadMethod: Hashable, Sendable {
        /// `POST <url>/-/reload`.
        case http
        /// SIGHUP to a process of this host.
        case signal(ProcessPlace)
        /// `systemctl reload` or `restart`.
        case systemd(unit: String, UnitAction)
        /// A signal to a container, or its restart, over the engine's socket.
        case docker(ContainerPlace, ContainerAction)
        /// A program; `restarts`: it leaves another process behind.
        case command([String], restarts: Bool)

        /// As stoker.yml spells it.
        public var word: String {
            switch self {
            case .http: "http"
            case .signal: "signal"
            case .systemd: "systemd"
            case .docker: "docker"
            case .command: "command"
            }
        }
    }

    /// Where the id of the process stands.
    public enum ProcessPlace: Hashable, Sendable {
        case pidFile(String)
        /// A systemd unit's main process.
        case unit(String)
    }

    /// What `systemctl` is asked to do.
    public enum UnitAction: String, Hashable, Sendable, CaseIterable { case reload, restart }

    /// What the container engine is asked to do.
    public enum ContainerAction: Hashable, Sendable {
        /// By name, as `SIGHUP`.
        case signal(String)
        case restart
    }

    /// A container, and the socket of the engine that runs it.
    public struct ContainerPlace: Hashable, Sendable {
        /// How it is found.
        public enum Name: Hashable, Sendable {
            /// Its name or id.
            case container(String)
            /// A service of a Compose file; `project` where several projects have one of that name.
            case service(String, project: String?)
        }

        /// Where Docker listens unless told otherwise.
        public static let defaultSocket = "/var/run/docker.sock"

        /// How it is found.
        public var name: Name
        /// Of Docker or podman; absolute.
        public var socket: String

        /// A container of one engine.
        public init(_ name: Name, socket: String = defaultSocket) {
            self.name = name
            self.socket = socket
        }
    }

    /// Where the process writes its log.
    public enum LogPlace: Hashable, Sendable {
        case file(String)
        /// journald, by the unit.
        case unit(String)
        case container(ContainerPlace)
    }

    /// The container the process runs in, where anything in the configuration names one.
    public var container: ContainerPlace? {
        for step in reload {
            if case .docker(let place, _) = step.method { return place }
        }
        if case .container(let place) = log { return place }
        return nil
    }

    /// Where the id of a process of this host stands, where anything in the configuration names it.
    public var processPlace: ProcessPlace? {
        for step in reload {
            switch step.method {
            case .signal(let place): return place
            case .systemd(let unit, _): return .unit(unit)
            case .http, .docker, .command: continue
            }
        }
        if case .unit(let unit) = log { return .unit(unit) }
        return nil
    }

    /// Where the process' log can be read: as configured, else what `reload` names; nil where nothing tells.
    public var logPlace: LogPlace? {
        if let log { return log }
        for step in reload {
            switch step.method {
            case .signal(.unit(let unit)), .systemd(let unit, _): return .unit(unit)
            case .docker(let place, _): return .container(place)
            case .http, .signal(.pidFile), .command: continue
            }
        }
        return nil
    }
}
