import StokerCore
import Testing
import YAML

/// promtool's words as 2.42, 2.53 and 3.5 print them.
@Suite struct OutputTests {
    private let names = StagedNames([.init(path: "/s/target") { "repo/" + $0 }, .init(path: "/s/outside") { "/" + $0 }])

    private func errors(_ text: String) -> [String] {
        PromtoolOutput(text, names: names).errors.map { "\($0.file):\($0.line ?? 0): \($0.message)" }
    }

    @Test func `rule errors of 2.42, indented by five`() {
        let text = """
            Checking /s/target/p.yml
              SUCCESS: 1 rule files found
             SUCCESS: /s/target/p.yml is valid prometheus config file syntax

            Checking /s/target/r.yml
              FAILED:
                 /s/target/r.yml: 5:11: group "x", rule 1, "y": could not parse expression: 1:6: parse error: unexpected
                 /s/target/r.yml: 0:0: group "", rule 3, "n": field 'expr' must be set in rule
                 /s/target/r.yml: 12:13: 11:12: group "", rule 2, "q": only one of
                 /s/target/r.yml: yaml: unmarshal errors:
              line 3: field rulez not found in type rulefmt.RuleGroup
              line 4: field x not found

            Checking /s/target/ok.yml
              SUCCESS: 1 rules found
            """
        #expect(
            errors(text) == [
                "/s/target/r.yml:5: group \"x\", rule 1, \"y\": could not parse expression: 1:6: parse error: unexpected",
                "/s/target/r.yml:0: group \"\", rule 3, \"n\": field 'expr' must be set in rule",
                "/s/target/r.yml:12: group \"\", rule 2, \"q\": only one of",
                "/s/target/r.yml:3: field rulez not found in type rulefmt.RuleGroup",
                "/s/target/r.yml:4: field x not found",
            ])
    }

    @Test func `rule errors of 2.53, not indented and without blank lines`() {
        let text = """
            Checking /s/target/bad.yml
              FAILED:
            /s/target/bad.yml: yaml: unmarshal errors:
              line 3: field rulez not found in type rulefmt.RuleGroup
            Checking /s/target/bad2.yml
              FAILED:
            /s/target/bad2.yml: 5:11: group "x", rule 1, "y": a
            /s/target/bad2.yml: 7:11: group "x", rule 2, "z": b
            Checking /s/target/dup.yml
              FAILED:
            lint error 1 duplicate rule(s) found.
            Metric: a:b
            Label(s):
            Might cause inconsistency while recording expressions

            """
        #expect(
            errors(text) == [
                "/s/target/bad.yml:3: field rulez not found in type rulefmt.RuleGroup",
                "/s/target/bad2.yml:5: group \"x\", rule 1, \"y\": a",
                "/s/target/bad2.yml:7: group \"x\", rule 2, \"z\": b",
            ])
        #expect(PromtoolOutput(text, names: names).warnings.map(\.file) == ["/s/target/dup.yml"])
    }

    @Test(arguments: [
        ("parsing YAML file /s/target/p.yml: yaml: line 2: did not find", "/s/target/p.yml:2: yaml: did not find"),
        ("parsing YAML file /s/target/p.yml: not a valid duration", "/s/target/p.yml:0: not a valid duration"),
        ("error loading scrape configs: \"/s/target/sc/a.yml\": yaml: line 2: x", "/s/target/sc/a.yml:2: yaml: x"),
        ("checking SD file \"/s/target/sd/a.json\": unexpected end", "/s/target/sd/a.json:0: unexpected end"),
        (
            "checking SD file \"/s/target/sd/*.json\": x",
            "/s/target/p.yml:0: checking SD file \"/s/target/sd/*.json\": x"
        ),
        (
            "\"/s/target/no.yml\" does not point to an existing file",
            "/s/target/p.yml:0: \"/s/target/no.yml\" does not point to an existing file"
        ),
    ])
    func `errors of the main file`(_ line: String, _ expected: String) {
        #expect(errors("Checking /s/target/p.yml\n  FAILED: \(line)\n\n") == [expected])
    }

    @Test func `web-config and usage errors`() {
        #expect(errors("/s/target/web.yml FAILED: yaml: line 1: x\n") == ["/s/target/web.yml:1: yaml: x"])
        #expect(errors("promtool: error: path does not exist, try --help\n") == [":0: path does not exist, try --help"])
    }

    @Test func `each failed case of a test is one complaint`() {
        let text = """
            Unit Testing:  /s/target/t.yml
              FAILED:
                alertname: A, time: 2m,
                    exp:[
                        0:
                          Labels:{a="c"}
                        ],
                    got:[]

                expr: "up", time: 1m,
                    exp: {} 1E+00
                    got: nil

            Unit Testing:  /s/target/ok.yml
              SUCCESS

            """
        #expect(
            errors(text) == [
                "/s/target/t.yml:0: alertname: A, time: 2m, exp:[ 0: Labels:{a=\"c\"} ], got:[]",
                "/s/target/t.yml:0: expr: \"up\", time: 1m, exp: {} 1E+00 got: nil",
            ])
    }

    @Test func `what came of tests is told by their order where promtool 3 names no file`() {
        let text = """
              FAILED:
                name: first,
                alertname: A, time: 2m,\u{20}
                    exp:[],\u{20}
                    got:[
                        0:
                          Labels:{a="c"}
                        ]

                expr: "up", time: 1m,
                    exp: {} 1E+00
                    got: nil


              SUCCESS

              FAILED:
            yaml: line 1: did not find expected ',' or ']'


            """
        let files = ["/s/target/a.yml", "/s/target/b.yml", "/s/target/c.yml"]
        let output = PromtoolOutput(text, names: names, tests: files)
        #expect(
            output.errors.map { "\($0.file):\($0.line ?? 0): \($0.message)" } == [
                "/s/target/a.yml:0: name: first, alertname: A, time: 2m, exp:[], got:[ 0: Labels:{a=\"c\"} ]",
                "/s/target/a.yml:0: expr: \"up\", time: 1m, exp: {} 1E+00 got: nil",
                "/s/target/c.yml:1: yaml: did not find expected ',' or ']'",
            ])
    }

    @Test func `staged paths become names`() {
        #expect(names.translate("a \"/s/target/x y.yml\" b /s/target/z.yml: c") == "a \"repo/x y.yml\" b repo/z.yml: c")
        #expect(names.translate("stat /s/outside/etc/ca.pem: no") == "stat /etc/ca.pem: no")
        #expect(names.translate("/s/target-2/x") == "/s/target-2/x")
    }

    @Test func `lines are found by what is quoted, or not at all`() throws {
        let text = """
            scrape_configs:
            - job_name: a
              scrape_interval: 5x
            - job_name: a
              relabel_configs: [{regex: "("}]
            groups:
            - name: g
              rules:
              - alert: one
              - alert: two
            tests:
            - alert_rule_test:
              - {alertname: A, eval_time: 1m}
              - {alertname: A, eval_time: 2m}
            """
        let locator = FindingLocator(try YAML.parse(Array(text.utf8)))
        #expect(locator.line(of: "not a valid duration string: \"5x\"") == 3)
        #expect(locator.line(of: "found multiple scrape configs with job name \"a\"") == 4)
        #expect(locator.line(of: "error parsing regexp: missing closing ): `^(?:()$`") == 5)
        #expect(locator.line(of: "error parsing regexp: missing closing ): `^(?s:()$`") == 5)
        #expect(locator.line(of: "group \"g\", rule 2, \"two\": annotation \"x\": bad") == 10)
        #expect(locator.line(of: "alertname: A, time: 2m, exp:[]") == 14)
        #expect(locator.line(of: "something with \"a\" in it") == nil)
        #expect(locator.line(of: "nothing quoted") == nil)
    }

    @Test func `secrets of all lengths are taken out`() throws {
        let node = try YAML.parse(
            Array("a: {password: hunter22-and-more, token: ab, x: [{credentials: [s3cret]}]}".utf8))
        let secrets = SecretValues(in: [node])
        #expect(secrets.redact("`hunter2...` and hunter22-and-more") == "`<secret>` and <secret>")
        #expect(secrets.redact("cab \"ab\" s3cret") == "cab <secret> <secret>")
        #expect(secrets.redact("parse \"http://u:pw@h/x\": at a:b@c") == "parse \"http://u:xxxxx@h/x\": at a:b@c")
    }

    @Test func `files that hold secrets are known by their keys`() throws {
        let node = try YAML.parse(
            Array("a: [{password_file: p, tls_config: {ca_file: c, key_file: k}}, {x: {api_key_file: q}}]".utf8))
        let references = ConfigReferences(of: node, file: "c.yml", view: ProcessView(deployTo: "/d", seenAt: "/d"))
        #expect(references.all.filter(\.isSecretText).map(\.text) == ["p", "q"])
        #expect(SecretValues(and: ["", "from a file"]).redact("it is from a file, see") == "it is <secret>, see")
    }

    @Test func `a command's places are understood, the rest is kept`() {
        let complaints = CommandOutput.complaints(
            in: "/s/target/a.yml:3:7: bad\n/s/target/b.yml: worse\nx\n", names: names)
        #expect(
            complaints.map { "\($0.file) \($0.line ?? 0) \($0.message)" } == [
                "/s/target/a.yml 3 bad", "/s/target/b.yml 0 worse",
            ])
        #expect(CommandOutput.rest(of: "\n a \n b\n", code: 2).message == "a b (exit code 2)")
        #expect(CommandOutput.rest(of: "", code: 2).message == "the validator said nothing (exit code 2)")
    }
}
