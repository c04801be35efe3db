import StokerCore
import StokerHost
import Testing

/// Every mistake with its place and exact words.
@Suite struct ConfigMistakeTests {
    private func problems(_ text: String) -> [String] {
        do throws(ConfigFileError) {
            _ = try ConfigFile.read(Array(text.utf8), name: "s.yml")
            return []
        } catch { return error.problems.map(\.description) }
    }

    @Test(arguments: [
        ("", ["s.yml:1:1: the file is empty; it needs source and environments"]),
        ("- a\n", ["s.yml:1:1: the file must be a mapping, not a list"]),
        ("{}\n", ["s.yml:1:1: environments is required in the file", "s.yml:1:1: source is required in the file"]),
        (
            "a: [1\n",
            ["s.yml:2:1: did not find expected ',' or ']' while parsing a flow sequence that starts on line 1"]
        ),
        (
            SmallConfig.with() + "---\nglobal: {}\n",
            ["s.yml:10:1: a second YAML document is never read: keep everything in one"]
        ),
    ])
    func files(_ text: String, _ expected: [String]) { #expect(problems(text) == expected) }

    @Test(arguments: [
        (
            "global: { pol_interval: 5s }",
            "3:11: unknown key \"pol_interval\" in global, did you mean \"poll_interval\"?"
        ),
        ("global: { zebra: 5s }", "3:11: unknown key \"zebra\" in global"),
        ("global: { poll_interval: 5s, poll_interval: 6s }", "3:30: duplicate key \"poll_interval\", first on line 3"),
        ("global: { poll_interval: [] }", "3:26: poll_interval must be text, not a list"),
        ("global: { poll_interval: 5 }", "3:26: poll_interval must be a duration such as 30s, 5m or 1h30m, not \"5\""),
        (
            "global: { poll_interval: 5m1h }",
            "3:26: poll_interval must be a duration such as 30s, 5m or 1h30m, not \"5m1h\""
        ),
        (
            "global: { poll_interval: 999999y }",
            "3:26: poll_interval must be a duration such as 30s, 5m or 1h30m, not \"999999y\""
        ),
        ("global: { poll_interval: 0s }", "3:26: poll_interval must be longer than zero"),
        (
            "global: { poll_interval: 999ms }",
            "3:26: poll_interval must be at least 1s: where a push must be seen earlier, let it run \"stoker reconcile --no-wait\" on this host"
        ),
        ("global: 5", "3:9: global must be a mapping, not a single value"),
        ("[a]: 5", "3:1: a key must be text, not a list"),
        ("hooks: {}", "3:1: hooks is not supported yet"),
        ("notifications: []", "3:1: notifications is not supported yet"),
        ("gates: {}", "3:1: unknown key \"gates\" in the file"),
        ("web: { token_file: x }", "3:1: web is not supported yet"),
        ("enviroment: x", "3:1: unknown key \"enviroment\" in the file, did you mean \"environments\"?"),
    ])
    func root(_ root: String, _ expected: String) {
        #expect(problems(SmallConfig.with(root: root)) == ["s.yml:" + expected])
    }

    @Test(arguments: [
        ("branch: a\ntag: b", "4:3: branch and tag exclude each other: a source follows exactly one ref"),
        ("branch: a..b", "3:11: branch \"a..b\" is no name that git allows"),
        (
            "branch: refs/heads/main",
            "3:11: branch \"refs/heads/main\" is no name that git allows; leave out refs/heads/ or refs/tags/"
        ),
        ("branch: rel*", "3:11: branch must be one name, not a pattern"),
        ("tag: \"v1.[\"", "3:8: tag: the pattern \"v1.[\" is not valid: \"[\" is not closed; correct or escape it"),
        ("tag: \"v1..*\"", "3:8: tag \"v1..*\" matches no name that git allows"),
        (
            "tag: refs/tags/v1.*",
            "3:8: tag \"refs/tags/v1.*\" matches no name that git allows; leave out refs/heads/ or refs/tags/"
        ),
        ("commit: 3fa9c1d", "3:11: commit must be a full commit id of 40 hexadecimal digits, not \"3fa9c1d\""),
        ("timeout: soon", "3:12: timeout must be a duration such as 30s, 5m or 1h30m, not \"soon\""),
        ("on_rewrite: never", "3:15: on_rewrite must be hold or follow, not \"never\""),
        ("ssh: { key_file: k }", "3:3: ssh is for ssh URLs such as git@host:path, and url is none"),
        ("credentials_command: [a]", "3:3: credentials_command is for an http or https url"),
        ("credentials_command: a", "3:24: credentials_command must be a list, not a single value"),
        ("limits: { max_received: much }", "3:27: max_received must be a size such as 512MB or 2GB, not \"much\""),
        ("limits: { max_received: 0B }", "3:27: max_received must be at least 1B"),
        ("limits: { max_memory: 1MB }", "3:25: max_memory must be at least 128MB"),
        ("limits: { max_references: -1 }", "3:29: max_references must be a whole number above zero, not \"-1\""),
        ("limits: { idle_timeout: 0s }", "3:27: idle_timeout must be longer than zero"),
        ("limits: { idle_time: 1s }", "3:13: unknown key \"idle_time\" in limits, did you mean \"idle_timeout\"?"),
        (
            "verify: { mode: head }",
            "3:11: verify needs allowed_signers_file (ssh), keyring_file (OpenPGP) or both"
        ),
        ("verify:", "3:3: verify has no value: give it one, or remove the key"),
        ("tls_config: { ca_file: }", "3:17: ca_file has no value: give it one, or remove the key"),
        (
            "verify: { allowed_signers_file: k, revocation_file: }",
            "3:38: revocation_file has no value: give it one, or remove the key"
        ),
        ("verify: { mode: all, keyring_file: k }", "3:19: mode must be head or tag or every_commit, not \"all\""),
        (
            "verify: { revocation_file: r, keyring_file: k }",
            "3:13: revocation_file is about the keys of allowed_signers_file, which is missing"
        ),
        (
            "verify: { mode: tag, keyring_file: k }",
            "1:1: verify with mode: tag needs a tag, but environment e follows main: set tag there or in source"
        ),
        (
            "verify: { keyrin_file: k, keyring_file: k }",
            "3:13: unknown key \"keyrin_file\" in verify, did you mean \"keyring_file\"?"
        ),
        ("basic_auth: { username: u }", "3:15: basic_auth needs password or password_file"),
        ("basic_auth: { password: p }", "3:15: username is required in basic_auth"),
        (
            "basic_auth: { username: u, password: p, password_file: f }",
            "3:43: password and password_file exclude each other"
        ),
        (
            "basic_auth: { username: u, pasword: p, password_file: f }",
            "3:30: unknown key \"pasword\" in basic_auth, did you mean \"password\"?"
        ),
        (
            "basic_auth: { username: u, password: p }\nauthorization: { credentials: c }",
            "4:3: basic_auth and authorization exclude each other"
        ),
        ("authorization: { type: Basic, credentials: c }", "3:26: type must not be Basic: use basic_auth"),
        ("authorization: { type: Bearer }", "3:18: authorization needs credentials or credentials_file"),
        ("tls_config: { cert_file: c }", "3:15: tls_config needs both cert_file and key_file, or neither"),
        ("tls_config: { insecure_skip_verify: yes }", "3:39: insecure_skip_verify must be true or false"),
        ("proxy_url: ftp://proxy", "3:14: proxy_url must be a URL such as http://proxy.example.com:3128"),
    ])
    func source(_ source: String, _ expected: String) {
        #expect(problems(SmallConfig.with(source: source)) == ["s.yml:" + expected])
    }

    @Test(arguments: [
        ("git://host/repo.git", "\"git\" is not supported; use https, http, ssh, file or a local path")
    ])
    func sourceKinds(_ url: String, _ expected: String) {
        #expect(problems("source: { url: '\(url)' }\n\(Self.environments)") == ["s.yml:1:16: url: " + expected])
    }

    @Test(arguments: [
        ("https://u:p@host/r", "must not hold a user or password: use basic_auth"),
        ("https://host:99999/r", "must be an http or https URL such as http://host:port/path, without a query"),
        ("http:/host/r", "must be an http or https URL such as http://host:port/path, without a query"),
        ("https://host/r?x=1", "must be an http or https URL such as http://host:port/path, without a query"),
        ("ssh://git:pw@host/r", "must not hold a password: ssh uses keys, see source.ssh.key_file"),
        ("git@-host:r", "has a host that begins with -, which programs take for an option"),
        ("ssh://host", "has no path"),
        ("file://host/r", "must have three slashes and a path after file:, as in file:///srv/repo.git"),
        ("", "must not be empty"),
    ])
    func sourceURLs(_ url: String, _ expected: String) {
        #expect(problems("source: { url: '\(url)' }\n\(Self.environments)") == ["s.yml:1:16: url " + expected])
    }

    @Test(arguments: [
        ("basic_auth: { username: u, password: p }", "basic_auth"),
        ("authorization: { credentials: c }", "authorization"),
        ("tls_config: { ca_file: f }", "tls_config"), ("proxy_url: http://proxy:1", "proxy_url"),
    ])
    func sourcesOverSSH(_ line: String, _ key: String) {
        #expect(
            problems("source:\n  url: git@host:r\n  \(line)\n\(Self.environments)") == [
                "s.yml:3:3: \(key) is for http and https URLs, and url is ssh: use ssh.key_file"
            ])
    }

    @Test func anSSHSource() throws(ConfigFileError) {
        let text = """
            source:
              url: git@host:ops/repo.git
              ssh: { key_file: k, known_hosts_file: /n, agent: true, config_file: c }

            """
        let file = try ConfigFile.read(Array((text + Self.environments).utf8), name: "/etc/s.yml")
        #expect(file.configuration.source.url == "git@host:ops/repo.git")
        #expect(
            file.configuration.source.ssh
                == SSHAccess(keyFile: "/etc/k", knownHostsFile: "/n", agent: true, configFile: "/etc/c"))
        #expect(problems("source: { url: 'host:r', ssh: { agent: maybe } }\n\(Self.environments)").count == 1)
    }

    private static let environments =
        "environments: [ { name: e, path: ., targets: [ { name: t, deploy_to: /d } ] } ]\n"

    @Test(arguments: [
        ("schedule: {}", "6:5: schedule is not supported yet"),
        ("paths: [a, b]", "6:5: path and paths exclude each other"),
        ("drift: fix", "6:12: drift must be report or correct, not \"fix\""),
        ("exclude: '*.md'", "6:14: exclude must be a list, not a single value"),
        ("exclude: [../x]", "6:15: an item of exclude must be a pattern inside the environment's folder, not \"../x\""),
        ("rule_tests: [[]]", "6:18: an item of rule_tests must be text, not a list"),
        ("verify: { checks: [ { expr: '' } ] }", "6:33: expr must not be empty"),
        ("verify: { checks: [ { pass_when: empty } ] }", "6:25: expr is required in a check"),
        ("verify: { checks: [ up ] }", "6:25: a check must be a mapping, not a single value"),
        (
            "verify: { checks: [ { expr: up, pass_when: never } ] }",
            "6:48: pass_when must be non_empty or empty, not \"never\""
        ),
        ("verify: { interval: 0s }", "6:25: interval must be longer than zero"),
        ("verify: { unexercised: hold }", "6:15: unknown key \"unexercised\" in verify"),
        ("tag: a\ncommit: b", "7:13: commit must be a full commit id of 40 hexadecimal digits, not \"b\""),
    ])
    func environment(_ environment: String, _ expected: String) {
        #expect(problems(SmallConfig.with(environment: environment)).last == "s.yml:" + expected)
    }

    @Test(arguments: [
        ("path: /srv", "must be relative, without a slash at the start, not \"/srv\""),
        ("path: ../up", "must not lead out with \"..\", not \"../up\""),
        ("path: a/../b/", "must be written without detours: \"b\", not \"a/../b/\""),
        ("path: .git/hooks", "must not name .git, not \".git/hooks\""),
        ("path: \"a\\nb\"", "must not have control characters, not \"a?b\""),
    ])
    func folders(_ path: String, _ expected: String) {
        let text = SmallConfig.with().replacing("path: .", with: path)
        #expect(problems(text) == ["s.yml:5:11: path " + expected])
    }

    @Test(arguments: [
        ("paths: []", "5:12: paths must name at least one folder"),
        ("paths: [a, b, a]", "5:19: \"a\" is twice in paths"),
        ("drift: report", "4:5: an environment needs path or paths; path: . is the whole repository"),
    ])
    func layers(_ paths: String, _ expected: String) {
        #expect(problems(SmallConfig.with().replacing("path: .", with: paths)) == ["s.yml:" + expected])
    }

    @Test(arguments: [
        (
            "kind: prometeus",
            "9:15: kind must be prometheus or alertmanager or blackbox_exporter or snmp_exporter or vmagent or vmalert or generic, not \"prometeus\""
        ),
        (
            "config_file: /etc/p.yml",
            "9:22: config_file must be relative, without a slash at the start, not \"/etc/p.yml\""
        ),
        ("config_file: .", "9:22: config_file must be a file, not a folder"),
        ("seen_at: etc", "9:18: seen_at must be an absolute path, not \"etc\""),
        ("layout: links", "9:17: layout must be in_place or linked or single_file, not \"links\""),
        (
            "layout: single_file\nkeep_inode: [a]",
            "10:9: keep_inode is for in_place; single_file rewrites its one file through the inode anyway"
        ),
        (
            "layout: linked\nkeep_inode: [a]",
            "10:9: keep_inode is for in_place; linked replaces the whole tree at once"
        ),
        ("layout: single_file\nconfig_file:", "10:9: single_file deploys only config_file, so it needs one"),
        ("releases_dir: /srv/r", "9:9: releases_dir is for layout: linked only"),
        (
            "layout: linked\nreleases_dir: /etc/prometheus/r",
            "10:23: releases_dir \"/etc/prometheus/r\" lies in \"/etc/prometheus\", deploy_to of target \"t\" of \"e\" on line 8: each needs a folder of its own"
        ),
        ("mode: \"0o644\"", "9:15: mode must be octal permission bits such as \"0644\", not \"0o644\""),
        ("mode: 0888", "9:15: mode must be octal permission bits such as \"0644\", not \"0888\""),
        ("mode: 4755", "9:15: mode must be octal permission bits such as \"0644\", not \"4755\""),
        (
            "url: localhost:9090",
            "9:14: url must be an http or https URL such as http://host:port/path, without a query"
        ),
        ("url: http://u:p@localhost", "9:14: url must not hold a user or password: use basic_auth"),
        ("reload: []", "9:17: reload must name at least one method"),
        ("reload: [ http ]", "9:19: an item of reload must be a mapping, not a single value"),
        ("reload: { method: systemd }", "9:17: reload with method: systemd needs unit"),
        ("reload: { unit: p }", "9:19: unit is for method: signal or systemd"),
        (
            "reload: { method: sighup }",
            "9:27: method must be http or signal or systemd or docker or command, not \"sighup\""
        ),
        ("reload: { method: signal }", "9:17: reload with method: signal needs pid_file or unit"),
        ("reload: { method: signal, pid_file: /p, unit: u }", "9:49: pid_file and unit exclude each other"),
        (
            "reload: { method: systemd, unit: --all }",
            "9:42: unit must be a unit's name such as prometheus.service, not \"--all\""
        ),
        (
            "reload: { method: systemd, unit: p, action: stop }", "9:53: action must be reload or restart, not \"stop\""
        ),
        ("reload: { method: docker }", "9:17: reload with method: docker needs container or service"),
        (
            "reload: { method: docker, container: ../x }",
            "9:46: container must be a name of letters, digits, _, . and -, not \"../x\""
        ),
        (
            "reload: { method: docker, container: p, service: q }",
            "9:49: container and service exclude each other"
        ),
        ("reload: { method: docker, container: p, project: q }", "9:49: project is for service"),
        (
            "reload: { method: docker, container: p, signal: HUP }",
            "9:57: signal must be a name such as SIGHUP, not \"HUP\""
        ),
        (
            "reload: { method: docker, container: p, action: restart, signal: SIGHUP }",
            "9:74: signal is for action: signal"
        ),
        ("reload: { method: command }", "9:17: reload with method: command needs command: [program, …]"),
        ("reload: { method: command, command: [] }", "9:17: reload with method: command needs command: [program, …]"),
        ("reload: { method: http, restarts: true }", "9:33: restarts is for method: command"),
        ("reload: { pid_file: /p }", "9:19: pid_file is for method: signal"),
        ("log: {}", "9:14: log needs file, unit, container or service"),
        ("log: { file: /l, unit: u }", "9:14: log must name one of file, unit, container or service"),
        ("log: { file: l }", "9:22: file must be an absolute path, not \"l\""),
        ("validate: { program: p, command: [q] }", "9:33: program and command exclude each other"),
        ("validate: { command: [] }", "9:21: command must name a program"),
        (
            "max_delete: 101%",
            "9:21: max_delete must be a percentage from 0% to 100% or a number of files, not \"101%\""
        ),
        ("max_delete: -1", "9:21: max_delete must be a percentage from 0% to 100% or a number of files, not \"-1\""),
        (
            "max_delete: nan%",
            "9:21: max_delete must be a percentage from 0% to 100% or a number of files, not \"nan%\""
        ),
        ("when_down: skip", "9:20: when_down must be deploy or wait, not \"skip\""),
        ("deploy: /x", "9:9: unknown key \"deploy\" in a target, did you mean \"deploy_to\"?"),
    ])
    func target(_ target: String, _ expected: String) {
        #expect(problems(SmallConfig.with(target: target)) == ["s.yml:" + expected])
    }

    @Test(arguments: [
        ("deploy_to: etc", "8:20: deploy_to must be an absolute path, not \"etc\""),
        ("deploy_to: /a/..", "8:20: deploy_to must not be the root folder, not \"/a/..\""),
        ("deploy_to:", "8:9: deploy_to is required in a target"),
        ("path: .", "7:9: deploy_to is required in a target"),
    ])
    func places(_ deployTo: String, _ expected: String) {
        let text = SmallConfig.with().replacing("deploy_to: /etc/prometheus", with: deployTo)
        #expect(problems(text) == ["s.yml:" + expected])
    }

    @Test(arguments: [
        ("u", "/srv", "http://h:1", nil),
        (
            "t", "/srv", "http://h", "9:15: target \"t\" is already on line 7"
        ),
        (
            "u", "/etc//prometheus/", "http://h",
            "10:20: deploy_to \"/etc/prometheus\" is also deploy_to of target \"t\" of \"e\" on line 8: each needs a folder of its own"
        ),
        (
            "u", "/etc/prometheus/rules/../x", "http://h",
            "10:20: deploy_to \"/etc/prometheus/x\" lies in \"/etc/prometheus\", deploy_to of target \"t\" of \"e\" on line 8: each needs a folder of its own"
        ),
        (
            "u", "/etc", "http://h",
            "10:20: deploy_to \"/etc\" holds \"/etc/prometheus\", deploy_to of target \"t\" of \"e\" on line 8: each needs a folder of its own"
        ),
        ("u", "/etc/prometheus2", "http://h", nil),
        (
            "u", "/srv", "HTTP://LOCALHOST:9090/",
            "11:14: url \"http://LOCALHOST:9090\" is also that of target \"t\" of \"e\" on line 7: two targets cannot share a process"
        ),
        ("u", "/srv", "http://localhost:9090/other", nil),
    ])
    func neighbours(_ name: String, _ deployTo: String, _ url: String, _ expected: String?) {
        let text = SmallConfig.with() + "      - name: \(name)\n        deploy_to: \(deployTo)\n        url: \(url)\n"
        #expect(problems(text) == (expected.map { ["s.yml:" + $0] } ?? []))
    }

    @Test(arguments: [
        ("name: e", "name: \"a b\"", 4, 11, "a b"), ("name: t", "name: ../t", 7, 15, "../t"),
        ("name: e", "name: -e", 4, 11, "-e"),
    ])
    func names(_ old: String, _ new: String, _ line: Int, _ column: Int, _ shown: String) {
        #expect(
            problems(SmallConfig.with().replacing(old, with: new)) == [
                "s.yml:\(line):\(column): name must be at most 63 letters, digits, \"-\", \"_\" or \".\", starting with none of \"-\" and \".\", not \"\(shown)\""
            ])
    }

    @Test func allMistakesOfAFileAreListedInOrder() {
        let text = """
            golbal:
              poll_interval: 1m
            source:
              branch: main
              tag: v1.*
              ssh: {}
            environments:
              - name: a
                pth: a
                targets: []
              - name: a
                path: a
                hooks: {}
                verify: { for: 5 }
                targets:
                  - name: p
                    deploy_to: rel
                    kind: thanos
                    max_delete: many
                    max_delete: 1
              - just text
            """
        #expect(
            problems(text) == [
                "s.yml:1:1: unknown key \"golbal\" in the file, did you mean \"global\"?",
                "s.yml:4:3: url is required in source",
                "s.yml:5:3: branch and tag exclude each other: a source follows exactly one ref",
                "s.yml:8:5: an environment needs path or paths; path: . is the whole repository",
                "s.yml:9:5: unknown key \"pth\" in an environment, did you mean \"path\"?",
                "s.yml:10:14: targets must name at least one target",
                "s.yml:11:11: environment \"a\" is already on line 8",
                "s.yml:13:5: hooks is not supported yet",
                "s.yml:14:20: for must be a duration such as 30s, 5m or 1h30m, not \"5\"",
                "s.yml:17:20: deploy_to must be an absolute path, not \"rel\"",
                "s.yml:18:15: kind must be prometheus or alertmanager or blackbox_exporter or snmp_exporter or vmagent or vmalert or generic, not \"thanos\"",
                "s.yml:19:21: max_delete must be a percentage from 0% to 100% or a number of files, not \"many\"",
                "s.yml:20:9: duplicate key \"max_delete\", first on line 19",
                "s.yml:21:5: an environment must be a mapping, not a single value",
            ])
    }
}
