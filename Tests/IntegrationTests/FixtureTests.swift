import TestSupport
import Testing

/// The fixtures themselves, without stoker: a test that fails here says that the machine, not the product, is at fault.
@Suite("Fixtures")
struct FixtureTests {
    @Test("Prometheus starts, answers, is supervised and is stopped", arguments: allVersions)
    func prometheus(_ version: Programs.PrometheusVersion) async throws {
        let directory = try TemporaryDirectory()
        let deferred = Deferred()
        deferred.add { directory.remove() }
        defer { deferred.runAll() }
        let port = try FreePort.next()
        for (path, text) in Sample.files(port: port) { try Files.write(text, to: directory("etc/\(path)")) }
        var options = PrometheusProcess.Options(version: version)
        options.supervised = true
        // Seen under another path, in a mount namespace of its own.
        options.mounts = ["mkdir -p \(directory("seen"))", "mount --bind \(directory("etc")) \(directory("seen"))"]
        options.configSeenAt = directory("seen/prometheus.yml")
        let process = try PrometheusProcess(
            configFile: directory("etc/prometheus.yml"), directory: directory("prometheus"), port: port,
            options: options)
        deferred.add { process.stop() }
        try await process.start()
        try #require(try process.rules() == ["base.yml": ["BaseDown"]])
        try await eventually("the pool") { try process.jobs() == ["self"] }
        try await eventually("the target") { try process.targets() == ["self 127.0.0.1:\(port)"] }
        try await eventually("a sample") { try process.query(#"up{job="self"} == 1"#).count == 1 }
        try #require(try process.statusConfig().contains("job_name: self"))
        try #require(try process.metric("prometheus_config_last_reload_successful") == "1")
        try #require(Files.tree(directory("seen")).isEmpty)
        let pid = process.pid
        process.kill()
        try await eventually("another process") { process.isRunning && process.pid != pid }
        try await process.waitUntilReady()
    }

    @Test("git over http, with a password and a wrong one")
    func gitServer() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let repository = try await GitRepository(in: directory.path)
        let commit = try await repository.push(["a": "1\n"])
        let server = try await GitHTTPServer(root: directory.path, directory: directory("http"), password: "sesame")
        defer { server.stop() }
        let right = server.url("monitoring.git").replacing("http://", with: "http://stoker:sesame@")
        let listed = try await repository.git("ls-remote", right, "refs/heads/main")
        try #require(listed.hasPrefix(commit), "\(listed)")
        let refusals = server.requests(status: 401)
        await #expect(throws: TestFailure.self) {
            try await repository.git(
                "ls-remote", server.url("monitoring.git").replacing("http://", with: "http://a:b@"))
        }
        try #require(server.requests(status: 401) > refusals)
    }

    @Test("a silent server accepts and says nothing; a child past its limit is killed")
    func silence() async throws {
        let server = try SilentServer()
        defer { server.stop() }
        #expect(throws: TestFailure.self) {
            try LoopbackHTTP.request(port: server.port, path: "/", limitSeconds: 1)
        }
        await #expect(throws: TestFailure.self) { try await Shell.run(["sleep", "60"], limit: .milliseconds(200)) }
        try #require(try await Shell.run(["sh", "-c", "echo out; echo err >&2; exit 7"]).code == 7)
    }
}
