import StokerCore
import Testing

@testable import StokerHost

@Suite struct ReloadConfigTests {
    @Test(
        "each way to reload is read as it is written",
        arguments: [
            ("{ method: signal, unit: p.service }", .signal(.unit("p.service"))),
            ("{ method: systemd, unit: p.service }", .systemd(unit: "p.service", .reload)),
            ("{ method: systemd, unit: p@1.service, action: restart }", .systemd(unit: "p@1.service", .restart)),
            (
                "{ method: docker, container: prom }",
                .docker(.init(.container("prom")), .signal("SIGHUP"))
            ),
            (
                "{ method: docker, service: prom, project: mon, socket: /run/podman/podman.sock, signal: SIGUSR1 }",
                .docker(
                    .init(.service("prom", project: "mon"), socket: "/run/podman/podman.sock"), .signal("SIGUSR1"))
            ),
            (
                "{ method: docker, service: prom, action: restart }",
                .docker(.init(.service("prom", project: nil)), .restart)
            ),
            ("{ method: command, command: [/bin/r, now] }", .command(["/bin/r", "now"], restarts: false)),
            ("{ method: command, command: [r], restarts: true }", .command(["r"], restarts: true)),
        ] as [(String, TargetConfiguration.ReloadMethod)])
    func methods(_ text: String, _ method: TargetConfiguration.ReloadMethod) throws {
        #expect(try target("reload: \(text)").reload == [.init(method)])
    }

    @Test func aListIsKeptInItsOrderEachWithItsLimit() throws {
        let target = try target(
            "reload: [ { method: http, timeout: 1m }, { method: docker, container: x, action: restart } ]")
        #expect(
            target.reload == [
                .init(.http, timeout: .seconds(60)), .init(.docker(.init(.container("x")), .restart)),
            ])
        #expect(target.confirmTimeout == .seconds(300))
    }

    @Test func theLogIsWhatReloadNamesUnlessItIsWritten() throws {
        #expect(try target("").logPlace == nil)
        #expect(try target("reload: { method: systemd, unit: p }").logPlace == .unit("p"))
        #expect(try target("reload: { method: docker, container: p }").logPlace == .container(.init(.container("p"))))
        #expect(try target("reload: { method: docker, container: p }\nlog: { file: /l }").logPlace == .file("/l"))
        #expect(try target("log: { unit: u }").logPlace == .unit("u"))
        #expect(
            try target("log: { service: s, socket: /s }").logPlace
                == .container(.init(.service("s", project: nil), socket: "/s")))
    }

    private func target(_ text: String) throws -> TargetConfiguration {
        let file = try ConfigFile.read(Array(SmallConfig.with(target: text).utf8), name: "s.yml")
        return file.configuration.environments[0].targets[0]
    }
}
