import StokerCore
import StokerHost
import Testing

@Suite struct ConfigFileTests {
    private func read(_ text: String, name: String = "stoker.yml") throws(ConfigFileError) -> ConfigFile {
        try ConfigFile.read(Array(text.utf8), name: name)
    }

    @Test func aFullExampleBecomesItsValue() throws {
        let file = try read(ConfigExample.text, name: "conf/stoker.yml")
        let expected = ConfigExample.configuration
        // By parts first, so that a difference is found in a readable value.
        #expect(file.configuration.source == expected.source)
        for (found, wanted) in zip(file.configuration.environments, expected.environments) {
            #expect(found.verify == wanted.verify)
            for (target, wantedTarget) in zip(found.targets, wanted.targets) { #expect(target == wantedTarget) }
            #expect(found == wanted)
        }
        #expect(file.configuration == expected)
    }

    @Test func theSmallestFileHasTheDefaults() throws {
        let configuration = try read(SmallConfig.with()).configuration
        let expected = Configuration(
            pollInterval: .seconds(60),
            source: SourceConfiguration(
                url: "/srv/repo.git", ref: .branch("main"), timeout: .seconds(60), http: HTTPAccess(), onRewrite: .hold),
            environments: [
                EnvironmentConfiguration(
                    name: "e", layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .report, verify: nil,
                    targets: [
                        TargetConfiguration(
                            id: "t", kind: .prometheus, path: ".", configFile: "prometheus.yml",
                            deployTo: "/etc/prometheus", url: "http://localhost:9090")
                    ])
            ])
        #expect(configuration == expected)
    }

    @Test func nullMeansTheDefaultButNoConfigFile() throws {
        let text = SmallConfig.with(source: "branch: ~", environment: "verify:", target: "config_file:\nlayout: null")
        let configuration = try read(text).configuration
        #expect(configuration.source.ref == .branch("main"))
        #expect(configuration.environments[0].verify == nil)
        #expect(configuration.environments[0].targets[0].configFile == nil)
        #expect(configuration.environments[0].targets[0].layout == nil)
    }

    @Test(arguments: [
        ("stable", GitRef.tag("stable")), ("v1.*", .tagPattern("v1.*")), ("'v[12].?'", .tagPattern("v[12].?")),
        ("monitoring/v*", .tagPattern("monitoring/v*")),
    ])
    func aTagIsANameOrAPattern(_ written: String, _ ref: GitRef) throws {
        let text = SmallConfig.with(source: "tag: \(written)", environment: "tag: \(written)")
        let configuration = try read(text).configuration
        #expect(configuration.source.ref == ref)
        #expect(configuration.environments[0].ref == ref)
    }

    @Test func environmentVariablesAreNotExpanded() throws {
        let text = SmallConfig.with(environment: "verify: { checks: [ { expr: \"${HOME} $PATH\" } ] }")
        #expect(try read(text).configuration.environments[0].verify?.checks[0].name == "${HOME} $PATH")
    }

    @Test(arguments: [
        ("../repo.git", "conf/../repo.git"), ("/srv/r", "/srv/r"), ("file:///srv/r", "file:///srv/r"),
        ("HTTP://Git/r/", "http://Git/r"), ("./a:b", "conf/./a:b"),
    ])
    func sourceURLs(_ written: String, _ meant: String) throws {
        let text = SmallConfig.with().replacing("/srv/repo.git", with: written)
        #expect(try read(text, name: "conf/stoker.yml").configuration.source.url == meant)
    }

    @Test(arguments: [
        ("0s", 0), ("0", 0), ("250ms", 250), ("1h30m", 5_400_000), ("1w2d", 777_600_000), ("1m1s1ms", 61_001),
        ("1y", 31_536_000_000),
    ])
    func durations(_ written: String, _ milliseconds: Int64) throws {
        let text = SmallConfig.with(environment: "verify: { for: \(written) }")
        #expect(try read(text).configuration.environments[0].verify?.forDuration == .milliseconds(milliseconds))
    }

    @Test(arguments: [("\"0644\"", 0o644), ("0600", 0o600), ("755", 0o755)])
    func modes(_ written: String, _ mode: UInt16) throws {
        let text = SmallConfig.with(target: "mode: \(written)")
        #expect(try read(text).configuration.environments[0].targets[0].mode == mode)
    }

    @Test func anchorsAndMergesMayBeUsed() throws {
        let text =
            SmallConfig.with(
                target: "reload: &r { timeout: 7m }\n"
            ).replacing("targets:", with: "verify: { for: 1s }\n    targets:")
            + "      - name: u\n        deploy_to: /srv/u\n        url: http://u\n        reload: { <<: *r, method: http }\n"
        #expect(
            try read(text).configuration.environments[0].targets[1].reload == [.init(.http, timeout: .seconds(420))])
    }

    @Test func aProgramMayGiveThePasswordOrToken() throws {
        func source(_ more: String) throws -> SourceConfiguration {
            let text = SmallConfig.with(source: "credentials_command: [/usr/bin/token, --for, git]\n" + more)
            return try read(text.replacing("/srv/repo.git", with: "https://git/r")).configuration.source
        }
        let alone = try source("")
        #expect(alone.credentialsCommand == ["/usr/bin/token", "--for", "git"])
        #expect(alone.http == HTTPAccess())
        #expect(
            try source("basic_auth: { username: oauth2 }").http.basicAuth
                == HTTPAccess.BasicAuth(username: "oauth2", password: .credentialsCommand))
        #expect(
            try source("authorization: {}").http.authorization
                == HTTPAccess.Authorization(type: "Bearer", credentials: .credentialsCommand))
        let error = #expect(throws: ConfigFileError.self) {
            try source("basic_auth: { username: a, password_file: b }")
        }
        #expect("\(String(describing: error))".contains("password_file and credentials_command exclude each other"))
    }

    @Test func filesThatAreNotThereAreWarnings() throws {
        let file = try read(ConfigExample.text, name: "conf/stoker.yml")
        #expect(
            file.references.map(\.path) == [
                "conf/git.token", "conf/c.pem", "conf/k.pem", "/etc/ssl/own.pem", "/run/prometheus.pid",
            ])
        #expect(
            file.warnings { $0 != "conf/git.token" && $0 != "/run/prometheus.pid" }.map(\.description) == [
                "conf/stoker.yml:7:50: warning: password_file \"conf/git.token\" cannot be read here; it must be there when Stoker runs",
                "conf/stoker.yml:38:45: warning: pid_file \"/run/prometheus.pid\" cannot be read here; it must be there when Stoker runs",
            ])
        #expect(file.warnings { _ in true }.isEmpty)
    }

    @Test func valuesOfSecretsAreNeverShown() throws {
        let text = SmallConfig.with(
            source: """
                basic_auth: { username: [hunter2], password: [hunter2] }
                proxy_url: ":hunter2@"
                """,
            target: "url: http://u:hunter2@h\nauthorization: { credentials: { hunter2: 1 } }"
        ).replacing("/srv/repo.git", with: "https://u:hunter2@git/r")
        let error = #expect(throws: ConfigFileError.self) { try read(text) }
        #expect(error?.problems.count == 6)
        #expect(error?.description.contains("hunter2") == false)
    }
}
