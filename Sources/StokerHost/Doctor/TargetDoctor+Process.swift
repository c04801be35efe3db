import Glibc
import StokerCore

/// Who answers, and whether it is the process that the configuration means.
extension TargetDoctor {
    /// `url`: an address of this host, and a process that listens there.
    func checkAddress() async {
        let address = host.client.address
        guard let url = URLText(configuration.url) else {
            return add("url", .fail, "\(address) cannot be taken apart: correct url")
        }
        let port = url.port ?? (url.scheme == "https" ? 443 : 80)
        let found: [HostAddress]
        switch await HostAddress.resolve(url.host) {
        case .failure(let problem):
            let verdict: DoctorCheck.Verdict = isThere ? .warn : .fail
            return add("url", verdict, "the name \(url.host) cannot be resolved (\(problem.message)): correct url")
        case .success(let addresses): found = addresses
        }
        let ours = found.filter(\.isOurs)
        guard !ours.isEmpty else {
            let hint = "run Stoker where the files are, with a url of this host"
            if sight.container != nil, case .up = look {
                return add("url", .pass, "\(address) is the container's own address")
            }
            return add(
                "url", .warn,
                "\(url.host) is no address of this host, so the process may be on another machine, where these files are "
                    + "not: \(hint) (a proxy or a container may have an address of its own)")
        }
        let listeners = Listeners.read().filter { listener in
            listener.port == port && ours.contains { listener.accepts($0) }
        }
        guard let first = listeners.first else { return addUnheard(address) }
        let owner = Listeners.owner(of: Set(listeners.map(\.inode)))
        pid = owner
        let who = owner.map { "process \($0) (\(ProcessRights.name(of: $0) ?? "unknown"))" }
        let local = first.isLoopbackOnly ? ", for this host only" : ""
        add("url", .pass, "\(who ?? "a process of this host") listens at \(address)\(local)")
    }

    private func addUnheard(_ address: String) {
        if sight.container != nil, isThere {
            return add("url", .pass, "\(address) is forwarded to \(sight.owner)")
        }
        if isThere {
            return add(
                "url", .warn,
                "\(address) answers although no process of this host listens there: it is forwarded; check that it leads "
                    + "to the process that reads \(configuration.deployTo)")
        }
        add("url", .warn, "nothing listens at \(address): start the process, or correct url")
    }

    /// Whether it answers to us, alone, and is the one that `reload` or `log` name.
    func checkProcess() async {
        let product = configuration.profile.product
        switch look {
        case .unreachable(let message):
            pid = sight.pid
            return add("process", .warn, "\(product) does not answer (\(message)): start it, or correct url")
        case .starting(let message):
            pid = sight.pid ?? pid
            return add("process", .warn, "\(product) is starting (\(message)): ask again when it is ready")
        case .refused(let message):
            pid = sight.pid ?? pid
            return add("process", .fail, message)
        case .up(let facts):
            let start = await processStart()
            if let listed = sight.pid {
                pid = listed
                if let start, ProcessStart.belongs(start, to: listed) == false {
                    return add(
                        "process", .fail,
                        "the process that answers at \(host.client.address) is not \(sight.owner): correct url, or what "
                            + "reload and log name")
                }
            } else if let listening = pid {
                // A proxy listens in its place.
                pid = start.flatMap { ProcessStart.belongs($0, to: listening) } == true ? listening : nil
            }
            if case .several(let how) = await host.prover.identity(facts) {
                return add(
                    "process", .fail,
                    "several processes answer at \(host.client.address) in turns (\(how)): give each a target of its "
                        + "own with its own url")
            }
            guard facts.reloadSucceeded else {
                return add(
                    "process", .warn,
                    "\(product) is ready, but says that its last reload failed: what it runs is not what is on disk, see "
                        + "its log")
            }
            let version = host.version.map { " \($0)" } ?? ""
            add("process", .pass, "\(product)\(version) is ready" + (pid.map { ", process \($0)" } ?? ""))
        }
    }

    private func processStart() async -> Double? {
        do throws(PrometheusError) {
            return try await host.client.processStart()
        } catch {
            // The metrics have a check of their own.
            return nil
        }
    }

    /// Whether it reloads by itself while files are being written.
    func checkAutoReload() {
        guard configuration.kind == .prometheus else { return }
        guard let flags else {
            return add(
                "auto_reload", .warn,
                "whether it reloads by itself \(silence ?? "is not said: its flags cannot be read")")
        }
        if flags.autoReload {
            add(
                "auto_reload", .warn,
                "the process reloads by itself and may read half of a change: start it without --config.auto-reload and "
                    + "without auto-reload-config in --enable-feature")
        } else {
            add("auto_reload", .pass, "it reloads only when it is told")
        }
    }
}
