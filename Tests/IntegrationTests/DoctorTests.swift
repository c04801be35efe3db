import Foundation
import TestSupport
import Testing

/// `stoker doctor`: a healthy host is all pass, and each fault has its own verdict and its way out.
@Suite("Doctor")
struct DoctorTests {
    @Test("a healthy host is all pass, nothing is changed, and a daemon is no obstacle", arguments: allVersions)
    func healthy(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let tree = world.tree
            // The journal's own log may come and go when it is read.
            func stored() -> [String: String] {
                Files.tree(world.stoker.storage).filter { !$0.key.hasPrefix("journal.sqlite") }
            }
            let before = stored()
            let lastReload = try world.prometheus.lastReload()
            let answer = try await DoctorAnswer(world.stoker)
            try answer.requireHealthy(15)
            try #require(world.tree == tree && stored() == before)
            try #require(try world.prometheus.lastReload() == lastReload)
            let target = answer.json["targets"][0]
            try #require(target["environment"].string == "production" && target["target"].string == "prometheus")
            let names = answer.checks.compactMap(\.["name"].string)
            try #require(
                names == [
                    "url", "process", "deploy_to", "staging", "space", "config_path", "mounts", "permissions",
                    "auto_reload", "reload_http", "validator", "read_metrics", "read_config", "read_rules",
                    "read_pools",
                ])
            let table = try await world.stoker.run("doctor")
            try #require(table.code == 0 && table.output.split(separator: "\n").count == 16, "\(table)")
            try world.stoker.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            try await DoctorAnswer(world.stoker, "production").requireHealthy(15)
            try #require(world.stoker.isRunning)
            let unknown = try await world.stoker.run("doctor", "nothere")
            try #require(unknown.code == 1 && unknown.error.contains("no environment"), "\(unknown)")
        }
    }

    @Test("what is wrong in stoker.yml: address, kind, folder, reload, validator")
    func configuration() async throws {
        try await World.run(.installed) { world in
            let free = try FreePort.next()
            var answer = try await world.doctor { $0.url = "http://127.0.0.1:\(free)" }
            try answer.require("url", "warn", "nothing listens at", "start the process, or correct url")
            try answer.require("process", "warn", "does not answer", "start it")
            try answer.require("reload_http", "warn", "start it and ask again")
            try answer.require("read_back", "warn", "start it and ask again")
            try #require(answer.code == 0, "\(answer)")

            answer = try await world.doctor { $0.extra = ["kind: alertmanager", "config_file: prometheus.yml"] }
            try answer.require("process", "fail", "not that of Alertmanager", "check url and kind")

            // Copies with the same bytes, as a person makes them before the real ones are named.
            for (path, text) in world.tree { try Files.write(text, to: world.directory("other/\(path)")) }
            answer = try await world.doctor { $0.deployTo = world.directory("other") }
            try answer.require("config_path", "fail", "correct deploy_to")
            try answer.require("mounts", "fail", world.directory("other"), "correct deploy_to or seen_at")

            try FileManager.default.createSymbolicLink(
                atPath: world.directory("link"), withDestinationPath: world.etc)
            answer = try await world.doctor { $0.deployTo = world.directory("link") }
            try answer.require("deploy_to", "fail", "is a link", "name the real path")

            answer = try await world.doctor { $0.deployTo = world.directory("missing") }
            try answer.require("deploy_to", "warn", "does not exist yet", "check deploy_to")

            answer = try await world.doctor {
                $0.extra = ["reload: { method: command, command: [/nonexistent/reload] }"]
            }
            try answer.require("reload_command", "fail", "/nonexistent/reload", "correct command in reload")

            answer = try await world.doctor { $0.promtool = "/nonexistent/promtool" }
            try answer.require("validator", "fail", "was not found", "install prometheus")

            answer = try await world.doctor { $0.extra = ["reload: { method: systemd, unit: nothere.service }"] }
            try #require(answer.code == 1, "\(answer)")
            try #require(answer.troubles.contains("reload_systemd fail"), "\(answer)")
        }
    }

    @Test("a pid file that is missing, or names another process")
    func pidFiles() async throws {
        try await World.run(.installed) { world in
            func reload(_ path: String) -> String { "reload: { method: signal, pid_file: \(path) }" }
            var answer = try await world.doctor { $0.extra = [reload(world.prometheus.pidFile)] }
            try answer.requireHealthy(15)
            answer = try await world.doctor { $0.extra = [reload(world.directory("no.pid"))] }
            try answer.require("reload_signal", "fail", "cannot be read", "correct the path")
            let sleeper = try Child(["sleep", "60"], output: world.directory("sleep.log"))
            defer { sleeper.stop() }
            try Files.write("\(sleeper.pid)\n", to: world.directory("other.pid"))
            answer = try await world.doctor { $0.extra = [reload(world.directory("other.pid"))] }
            try answer.require("reload_signal", "fail", "does not handle SIGHUP", "correct pid_file")
            try answer.require(
                "process", "fail", "is not process \(sleeper.pid)", "correct url, or what reload and log name")
            try #require(sleeper.isRunning)
        }
    }

    @Test("a lifecycle API that is off, and the way beside it")
    func lifecycle() async throws {
        let setup = World.Setup.with { setup in
            setup.prometheus = { options, _ in
                options.lifecycle = false
                // An older Prometheus shows a feature that it does not know.
                options.flags = ["--enable-feature=auto-reload-config"]
            }
        }
        try await World.run(.installed, setup) { world in
            var answer = try await world.doctor()
            try answer.require("reload_http", "fail", "403", "--web.enable-lifecycle")
            try answer.require("auto_reload", "warn", "reloads by itself", "without auto-reload-config")
            answer = try await world.doctor {
                $0.extra = ["reload: [ { method: http }, { method: signal, pid_file: \(world.prometheus.pidFile) } ]"]
            }
            try answer.require("reload_http", "warn", "--web.enable-lifecycle", "another way of reload is used")
            try answer.require("reload_signal", "pass")
            try #require(answer.code == 0, "\(answer)")
        }
    }

    @Test("a validator of another minor version: a warning, or refused where it must match")
    func validatorVersion() async throws {
        try await World.run(.installed) { world in
            let newer = try Programs.prometheus("promtool", version: .newer)
            var answer = try await world.doctor { $0.promtool = newer }
            try answer.require("validator", "warn", "another minor version", "install the validator of that version")
            answer = try await world.doctor {
                $0.promtool = newer
                $0.extra = ["validator_match: strict"]
            }
            try answer.require("validator", "fail", "another minor version", "install the validator of that version")
        }
    }

    @Test("files on disk that are broken, and a process that says its last reload failed")
    func broken() async throws {
        try await World.run(.installed) { world in
            try Files.write("groups: [\n", to: "\(world.etc)/rules/base.yml")
            let reload = try LoopbackHTTP.request("POST", port: world.prometheus.port, path: "/-/reload")
            try #require(reload.status == 500)
            let answer = try await world.doctor()
            try answer.require(
                "validator", "warn", "objects to the files", "base.yml", "correct them in the repository")
            try answer.require("process", "warn", "its last reload failed", "see its log")
        }
    }

    @Test("a process whose user could not read what is written, or not get there")
    func otherUser() async throws {
        let setup = World.Setup.with { $0.prometheus = { options, _ in options.user = 65_533 } }
        try await World.run(.installed, setup) { world in
            try await DoctorAnswer(world.stoker).requireHealthy(15)
            let main = "\(world.etc)/prometheus.yml"
            try #require(chmod(main, 0o600) == 0)
            var answer = try await world.doctor()
            try answer.require("permissions", "fail", "would not be readable", "65533", "setfacl -m u:65533:r \(main)")
            try await Shell.succeed(["setfacl", "-m", "u:65533:r", main])
            try await world.doctor().requireHealthy(15)
            try #require(chmod(world.etc, 0o700) == 0)
            answer = try await world.doctor()
            try answer.require("permissions", "fail", "may not enter \(world.etc)", "chmod o+x")
        }
    }

    @Test("a user who may not write the folder")
    func nobody() async throws {
        try await World.run(.installed, .with { $0.adopted = false }) { world in
            let stoker = try await NonRootTests.asNobody(world)
            var answer = try await DoctorAnswer(stoker)
            try answer.require("deploy_to", "fail", "\(world.etc) cannot be written by nobody", "chgrp", "chmod g+w")
            try answer.require("mounts", "warn", "run as root or as its user")
            let elsewhere = try stoker.variant(storage: "/nonexistent/data")
            answer = try await DoctorAnswer(elsewhere)
            try answer.require("staging", "fail", "does not exist and cannot be made", "--storage.path")
        }
    }

    @Test("two processes behind one url")
    func several() async throws {
        try await World.run(.installed) { world in
            let other = try world.anotherPrometheus("twin", folder: world.etc)
            try await other.start()
            let balancer = try Balancer(
                ports: [world.prometheus.port, other.port], directory: world.directory.path)
            defer { balancer.stop() }
            try await balancer.waitUntilReady()
            let answer = try await world.doctor { $0.url = balancer.url }
            try answer.require("process", "fail", "several processes answer", "a target of its own")
        }
    }

    @Test("a process that asks for credentials")
    func credentials() async throws {
        // bcrypt of "test".
        let hash = "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay"
        let setup = World.Setup.with {
            $0.adopted = false
            $0.settled = false
            $0.before = { try Files.write("basic_auth_users: {scraper: '\(hash)'}\n", to: "\($0)/web.yml") }
            $0.prometheus = { options, directory in
                options.flags = ["--web.config.file=\(directory)/web.yml"]
                options.headers = ["Authorization": "Basic c2NyYXBlcjp0ZXN0"]
            }
        }
        try await World.run(.installed, setup) { world in
            var answer = try await world.doctor()
            try answer.require("process", "fail", "answers 401", "check basic_auth or authorization")
            try Files.write("test\n", to: world.directory("password"))
            answer = try await world.doctor {
                $0.extra = ["basic_auth: { username: scraper, password_file: \(world.directory("password")) }"]
            }
            try answer.requireHealthy(15)
        }
    }

    @Test("an address of another machine, and a name that nobody knows")
    func otherMachine() async throws {
        try await World.run(.installed) { world in
            var answer = try await world.doctor { $0.url = "http://192.0.2.1:9090" }
            try answer.require("url", "warn", "192.0.2.1 is no address of this host", "run Stoker where the files are")
            answer = try await world.doctor { $0.url = "http://nowhere.invalid:9090" }
            try answer.require("url", "fail", "nowhere.invalid cannot be resolved", "correct url")
        }
    }

    @Test("a storage directory without space")
    func space() async throws {
        try await World.run(.installed, .with { $0.adopted = false }) { world in
            try await StorageCare.mountStorage(world)
            try await world.adopt()
            try StorageCare.fill(world)
            let answer = try await world.doctor()
            try answer.require("space", "fail", world.stoker.storage, "free some space")
        }
    }
}
