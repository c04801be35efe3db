import StokerCore
import Testing

@testable import StokerHost

/// `after`, `gates`, `advance`, `bake` and `remote`: what they become, and every mistake with its place and words.
@Suite struct PipelineConfigTests {
    private func read(_ text: String) throws(ConfigFileError) -> Configuration {
        try ConfigFile.read(Array(text.utf8), name: "s.yml").configuration
    }

    private func problems(_ text: String) -> [String] {
        do throws(ConfigFileError) {
            _ = try read(text)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    /// Three environments; `after` continues the last one from line 16 on.
    private func pipeline(_ environment: String = "", others: [String: String] = [:]) -> String {
        var text = "source: { url: /srv/git }\nenvironments:\n"
        for name in ["a", "b", "c"] {
            text += "  - name: \(name)\n    path: \(name)\n    targets:\n      - { name: p, deploy_to: /etc/\(name), "
            text += "url: \"http://\(name):9090\" }\n"
            let more = name == "c" ? environment : others[name] ?? ""
            for line in more.split(separator: "\n") { text += "    \(line)\n" }
        }
        return text
    }

    // MARK: Windows that never open

    /// Friday, 2026-01-02, by the clock that is handed in.
    private static let friday = WallTime(milliseconds: 1_767_312_000_000)

    private func closed(_ gates: String, at now: WallTime = friday) throws(ConfigFileError) -> [String] {
        try ConfigFile.read(Array(pipeline("gates:\n\(gates)").utf8), name: "s.yml").closedWindows(at: now)
            .map(\.description)
    }

    @Test func windowsThatNeverOpenAreWarnings() throws {
        let never = "warning: this window never opens: no moment of the next ten years is inside it"
        let past = "  windows: [ { years: ['1999:2001'] }, { years: ['2026'] } ]"
        #expect(try closed(past) == ["s.yml:16:18: \(never)"])
        // It is the clock that makes it so.
        let alone = "  windows: [ { years: ['1999:2001'] } ]"
        #expect(try closed(alone).count == 1)
        #expect(try closed(alone, at: WallTime(milliseconds: 946_684_800_000)).isEmpty)
        #expect(
            try closed("  windows: [ { days_of_month: ['30'], months: [february] } ]") == ["s.yml:16:18: \(never)"])
        #expect(try closed("  windows: [ { days_of_month: ['29'], months: [february] } ]").isEmpty)
        #expect(try closed("  windows: [ { weekdays: [monday] } ]\n  blackouts: [ { years: ['1999'] } ]").isEmpty)
    }

    @Test func blackoutsThatCoverEveryWindowAreWarnings() throws {
        func warning(_ place: String, _ what: String) -> [String] {
            ["s.yml:\(place): warning: the environment never opens: blackouts cover \(what) of the next ten years"]
        }
        let monday = "  windows: [ { weekdays: [monday] } ]\n"
        #expect(
            try closed(monday + "  blackouts: [ { weekdays: ['sunday:tuesday'] } ]") == warning("17:7", "every window"))
        #expect(try closed("  blackouts: [ { years: ['2020:2100'] } ]") == warning("16:7", "all"))
        #expect(try closed(monday + "  blackouts: [ { weekdays: [tuesday] } ]").isEmpty)
        // One warning is enough.
        let dead = "  windows: [ { years: ['1999'] } ]\n  blackouts: [ { weekdays: [monday] } ]"
        #expect(try closed(dead).count == 1)
    }

    // MARK: after

    @Test func upstreamsAndDefaults() throws {
        let plain = try read(pipeline()).environments[2]
        #expect(plain.after == Upstreams() && plain.gates.isEmpty && plain.advance == .train)
        #expect(plain.bake == .zero && plain.remote == nil)
        let all = try read(pipeline("after: [b, a]\nadvance: train\nbake: 0s\ngates: {}")).environments[2]
        #expect(all.after == Upstreams(["b", "a"]) && all.gates.isEmpty)
        let any = try read(pipeline("after: { any: [a, b] }")).environments[2]
        #expect(any.after == Upstreams(["a", "b"], any: true))
        // The default may be written out.
        #expect(try read(pipeline("after: []")).environments[2].after == Upstreams())
        // The file may name them before it describes them.
        let early = try read(pipeline(others: ["a": "after: [c]"])).environments[0]
        #expect(early.after == Upstreams(["c"]))
        #expect(try read(pipeline()).zones == [.utc])
    }

    @Test(arguments: [
        ("after: b", "15:12: after must be a list of environments, or any: with a list, not a single value"),
        ("after:", "15:5: after has no value: give it one, or remove the key"),
        ("after: {}", "15:12: any is required in after"),
        ("after: { any: [] }", "15:19: any must name at least one environment, or be left out"),
        ("after: { any: [a], all: [b] }", "15:24: unknown key \"all\" in after"),
        ("after: [a, b, a]", "15:19: \"a\" is twice in after"),
        ("after: [c]", "15:13: environment \"c\" cannot be after itself"),
        ("after: [nobody]", "15:13: after: there is no environment \"nobody\" in the file"),
        ("after: [a, B]", "15:16: after: there is no environment \"B\" in the file, did you mean \"b\"?"),
        ("advance: latest", mistake("advance", "it chooses among what they have verified")),
        ("after: [a]\nadvance: newest", "16:14: advance must be train or latest, not \"newest\""),
        ("bake: soon", "15:11: bake must be a duration such as 30s, 5m or 1h30m, not \"soon\""),
    ])
    func upstreamMistakes(_ environment: String, _ expected: String) {
        #expect(problems(pipeline(environment)) == ["s.yml:" + expected])
    }

    private static func mistake(_ key: String, _ why: String) -> String {
        "15:5: \(key) needs after with the environments before this one: \(why)"
    }

    @Test func circlesAreNamed() {
        #expect(
            problems(pipeline("after: [b]", others: ["a": "after: [c]", "b": "after: [a]"])) == [
                "s.yml:7:13: no revision could ever enter: \"a\" after \"c\" after \"b\" after \"a\""
            ])
        #expect(
            problems(pipeline("after: [a]", others: ["a": "after: { any: [b] }", "b": "after: [a]"])) == [
                "s.yml:7:20: no revision could ever enter: \"a\" after \"b\" after \"a\""
            ])
        // What waits for a circle is none, and several are all said.
        #expect(problems(pipeline("after: [c]", others: ["a": "after: [a]", "b": "after: [a]"])).count == 2)
        #expect(problems(pipeline("after: [a, b]", others: ["b": "after: [a]"])).isEmpty)
    }

    // MARK: gates

    @Test func everyGate() throws {
        let gates = try read(
            pipeline(
                """
                after: [a]
                gates:
                  soak: 90m
                  windows: [ { times: [ { start_time: "00:00", end_time: "24:00" } ], months: [1, "april:june"] } ]
                  blackouts: [ { weekdays: [sunday] }, { years: ["2026:2028"], location: America/New_York } ]
                  checks: [ { expr: up }, { http: { url: "http://x/" } }, { command: [/bin/true], interval: 5m } ]
                """)
        ).environments[2].gates
        #expect(gates.soak == .seconds(5400) && gates.approval == nil && gates.unexercised == .report)
        #expect(gates.windows.map(\.months) == [[.init(1, 1), .init(4, 6)]])
        #expect(gates.windows.first?.times.first == CalendarInterval.Times(start: 0, end: 1440))
        #expect(gates.windows.map(\.location) == ["UTC"])
        #expect(gates.blackouts.map(\.location) == ["UTC", "America/New_York"])
        #expect(gates.checks.map(\.interval) == [nil, nil, .seconds(300)])
    }

    @Test func approvals() throws {
        func policy(_ gates: String, _ after: String = "") throws -> GateConfiguration {
            try read(pipeline("gates: { \(gates) }\n\(after)")).environments[2].gates
        }
        #expect(try policy("approval: none").isEmpty)
        #expect(try policy("approval: manual").approval == ApprovalPolicy())
        #expect(try policy("approval: manual, approvals: 2").approval == ApprovalPolicy(count: 2))
        let held = try policy("unexercised: hold, approvers: [ada]", "after: [a]")
        #expect(held.approval == nil && held.policy == ApprovalPolicy(approvers: ["ada"]))
    }

    @Test func zonesAreLoadedOnce() throws {
        var asked: [String] = []
        let zones = ZoneList { name in
            asked.append(name)
            return .success(ZoneRules(name: name, fixed: 3600))
        }
        let window = "{ weekdays: [monday], location: Mars/Base }"
        let text = pipeline("gates: { windows: [ \(window), \(window) ], blackouts: [ \(window) ] }")
        let file = try ConfigFile.read(Array(text.utf8), name: "s.yml", zones: zones)
        #expect(asked == ["Mars/Base"])
        #expect(file.configuration.zones == [ZoneRules(name: "Mars/Base", fixed: 3600), .utc])
    }

    @Test(arguments: [
        ("gates:", "15:5: gates has no value: give it one, or remove the key"),
        ("gates: { soka: 1m }", "15:14: unknown key \"soka\" in gates, did you mean \"soak\"?"),
        (
            "gates: { soak: 30m }",
            "15:14: soak needs after with the environments before this one: it counts how long a content has run there"
        ),
        (
            "gates: { unexercised: hold }",
            "15:14: unexercised needs after with the environments before this one: it is about what was not run there"
        ),
        ("after: [a]\ngates: { soak: }", "16:14: soak has no value: give it one, or remove the key"),
        ("after: [a]\ngates: { unexercised: ask }", "16:27: unexercised must be report or hold, not \"ask\""),
        ("gates: { approval: auto }", "15:24: approval must be none or manual, not \"auto\""),
        ("gates: { approvers: [ada] }", nobody("approvers")),
        ("gates: { approval: none, approvals: 2 }", nobody("approvals", 30)),
        ("gates: { approval_expires: 1d }", nobody("approval_expires")),
        ("gates: { approval: manual, approvals: 0 }", "15:43: approvals must be a whole number above zero, not \"0\""),
        (
            "gates: { approval: manual, approvals: 2, approvers: [ada] }",
            "15:32: approvals must not be more than the 1 of approvers, or nothing could enter"
        ),
        ("gates: { approval: manual, approvers: [] }", "15:43: approvers must name at least one user, or be left out"),
        ("gates: { approval: manual, approvers: [ada, ada] }", "15:49: \"ada\" is twice in approvers"),
        ("gates: { approval: manual, approval_expires: 0s }", "15:50: approval_expires must be longer than zero"),
        ("gates: { windows: [] }", "15:23: windows must name at least one time interval, or be left out"),
        ("gates: { windows: }", "15:14: windows has no value: give it one, or remove the key"),
        ("gates: { checks: [ { expr: up, for: 1m } ] }", gate("for")),
        ("gates: { checks: [ { expr: up, failures: 3 } ] }", gate("failures")),
    ])
    func gateMistakes(_ environment: String, _ expected: String) {
        #expect(problems(pipeline(environment)) == ["s.yml:" + expected])
    }

    private static func nobody(_ key: String, _ column: Int = 14) -> String {
        "15:\(column): \(key) needs approval: manual, or unexercised: hold: nobody is asked without"
    }

    private static func gate(_ key: String) -> String {
        "15:36: \(key) is for the checks of verify: a gate opens as soon as its check passes"
    }

    @Test(arguments: [
        ("{}", "15:25: a time interval needs one of times, weekdays, days_of_month, months, years"),
        ("{ location: UTC }", "15:25: a time interval needs one of times, weekdays, days_of_month, months, years"),
        ("{ weekdays: [mon] }", weekdays("mon")),
        ("{ weekdays: ['friday:monday'] }", weekdays("friday:monday")),
        ("{ weekdays: [] }", "15:37: weekdays must name at least one range, or be left out"),
        ("{ weekdays: }", "15:27: weekdays has no value: give it one, or remove the key"),
        ("{ days: [1] }", "15:27: unknown key \"days\" in a time interval"),
        (
            "{ days_of_month: [32] }",
            "15:43: an item of days_of_month must be a day such as 1, 1:5, or -1 for the last, not \"32\""
        ),
        (
            "{ months: [13] }",
            "15:36: an item of months must be a month such as january, 1, or april:june, not \"13\""
        ),
        ("{ years: [26] }", "15:35: an item of years must be a year such as 2026, or 2026:2028, not \"26\""),
        ("{ times: [ { start_time: '09:00' } ] }", "15:36: end_time is required in an item of times"),
        (
            "{ times: [ { start_time: '9:00', end_time: '10:00' } ] }",
            "15:50: start_time must be a time such as 09:00, or 24:00, not \"9:00\""
        ),
        (
            "{ times: [ { start_time: '22:00', end_time: '06:00' } ] }",
            "15:59: end_time must be later than start_time: write a night as two intervals, until 24:00 and from 00:00"
        ),
        (
            "{ weekdays: [monday], location: Europe/Berln }",
            "15:57: location: the time zone \"Europe/Berln\" cannot be read from /usr/share/zoneinfo "
        ),
        (
            "{ weekdays: [monday], location: ../../etc/passwd }",
            "15:57: location: \"../../etc/passwd\" is no time zone: write a name such as Europe/Berlin, or UTC"
        ),
    ])
    func intervalMistakes(_ interval: String, _ expected: String) throws {
        let found = problems(pipeline("gates: { windows: [ \(interval) ] }"))
        #expect(found.contains { $0.hasPrefix("s.yml:" + expected) }, "\(found)")
    }

    private static func weekdays(_ shown: String) -> String {
        "15:38: an item of weekdays must be a day such as monday, or monday:friday (sunday is the first), not \"\(shown)\""
    }

    @Test func aGateThatAsksNeedsSomebodyWhoAnswers() throws {
        func text(_ check: String, _ kind: String) -> String {
            SmallConfig.with(environment: "gates: { checks: [ { \(check) } ] }", target: "kind: \(kind)")
        }
        #expect(
            problems(text("expr: up", "alertmanager")) == [
                "s.yml:6:5: the check \"up\" would be asked of target \"t\", which is Alertmanager and answers no queries: give the check the url of a Prometheus"
            ])
        #expect(problems(text("expr: up, url: 'http://p:9090'", "alertmanager")).isEmpty)
        #expect(problems(text("expr: up", "prometheus")).isEmpty)
    }

    // MARK: remote

    @Test func anotherStokerNeedsNoTargets() throws {
        let text = pipeline() + "  - name: d\n    path: d\n    after: [c]\n    remote: { url: 'http://h:9810/' }\n"
        let remote = try read(text).environments[3]
        #expect(remote.remote == RemoteEnvironment(url: "http://h:9810"))
        #expect(remote.remote?.timeout == .seconds(10) && remote.targets.isEmpty)
        let other = text.replacing("remote: { url: 'http://h:9810/' }", with: "drift: report")
        #expect(problems(other) == ["s.yml:15:5: targets is required in an environment"])
    }

    /// Two hosts of one file may well have the same folder; one host may not.
    @Test func placesOfAnotherHostDoNotOverlap() throws {
        func environment(_ name: String, _ remote: String) -> String {
            "  - name: \(name)\n    path: .\n    remote: { url: 'http://\(remote):9810' }\n    targets: [ { name: t, deploy_to: /etc/a } ]\n"
        }
        let text = pipeline() + environment("d", "h") + environment("e", "i")
        #expect(problems(text) == [])
        let same = problems(pipeline() + environment("d", "h") + environment("e", "h"))
        #expect(
            same.count == 2 && same.contains { $0.contains("is also deploy_to of target \"t\" of \"d\"") }, "\(same)")
        // Names are unique in the whole file.
        #expect(problems(pipeline() + environment("a", "h")) == ["s.yml:15:11: environment \"a\" is already on line 3"])
    }

    private static func inAPI(_ path: String) -> String {
        "15:20: url must not hold the path of the API, which is added: leave out \"\(path)\""
    }

    @Test func aProxyMayAddAPath() throws {
        for path in ["/stoker", "/api", "/api/v1/stoker", "/v1"] {
            let url = "http://h\(path)"
            #expect(try read(pipeline("remote: { url: '\(url)' }")).environments[2].remote?.url == url)
        }
    }

    @Test(arguments: [
        ("remote:", "15:5: remote has no value: give it one, or remove the key"),
        ("remote: far", "15:13: remote must be a mapping, not a single value"),
        ("remote: {}", "15:13: url is required in remote"),
        (
            "remote: { url: far }",
            "15:20: url must be an http or https URL such as http://host:port/path, without a query"
        ),
        ("remote: { url: 'http://h/api/v1' }", inAPI("/api/v1")),
        ("remote: { url: 'http://h/x/api/v1/environments/' }", inAPI("/api/v1/environments")),
        ("remote: { url: 'http://h/api/v1/environments/b' }", inAPI("/api/v1/environments/b")),
        ("remote: { url: 'http://h', timeout: 0s }", "15:41: timeout must be longer than zero"),
        ("remote: { url: 'http://h', token: x }", "15:32: unknown key \"token\" in remote"),
        ("remote: { url: 'http://u:p@h' }", "15:20: url must not hold a user or password: use basic_auth"),
        (
            "remote: { url: 'http://h', basic_auth: { username: a, password: b }, authorization: { credentials: c } }",
            "15:74: basic_auth and authorization exclude each other"
        ),
    ])
    func remoteMistakes(_ environment: String, _ expected: String) {
        #expect(problems(pipeline(environment)) == ["s.yml:" + expected])
    }
}
