import StokerCore
import Testing
import YAML

@Suite struct AliasTests {
    private func parse(_ text: String, _ merge: YAML.MergeRule = .laterWins) throws -> Node {
        try YAML.parse(Array(text.utf8), merge: merge)
    }

    private func flat(_ node: Node?) -> [String] {
        node?.pairs?.map { "\($0.key.text ?? "?")=\($0.value.text ?? "?")" } ?? []
    }

    @Test func aliasesAreTheirAnchorsValue() throws {
        let node = try parse("a: &x {k: [1]}\nb: *x\nc: &x 2\nd: *x\n")
        #expect(node["b"] == node["a"])
        #expect(node["d"]?.text == "2")
    }

    @Test func mergingAddsKeysAndWrittenOnesBehindItWin() throws {
        let node = try parse("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n  z: 4\n")
        #expect(flat(node["use"]) == ["x=1", "y=3", "z=4"])
    }

    @Test func aMergeBehindAWrittenKeyDependsOnTheReader() throws {
        let text = "base: &b {x: 1, y: 2}\nuse:\n  y: 3\n  <<: *b\n"
        #expect(flat(try parse(text, .laterWins)["use"]) == ["y=2", "x=1"])
        #expect(flat(try parse(text, .writtenWins)["use"]) == ["y=3", "x=1"])
    }

    @Test(arguments: [YAML.MergeRule.laterWins, .writtenWins])
    func ofSeveralMappingsTheFirstWins(_ rule: YAML.MergeRule) throws {
        let text = "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nuse: {<<: [*a, *b], z: 3}\n"
        #expect(flat(try parse(text, rule)["use"]).sorted() == ["x=1", "y=2", "z=3"])
    }

    @Test func writtenDuplicatesSurviveAMerge() throws {
        let node = try parse("a: &a {x: 1}\nuse: {<<: *a, x: 2, x: 3}\n")
        #expect(flat(node["use"]) == ["x=2", "x=3"])
    }

    @Test func aQuotedMergeKeyIsAKey() throws {
        #expect(try parse("'<<': 1\n").pairs?.first?.key.text == "<<")
    }

    @Test(arguments: ["<<: 1\n", "<<: [1]\n"])
    func mergingAnythingElseIsAMistake(_ text: String) {
        #expect(throws: YAMLError.self) { try parse(text) }
    }

    @Test func aBillionLaughsAreRefused() {
        var text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let error = #expect(throws: YAMLError.self) { try parse(text) }
        #expect(error?.message == "more than 5000000 values, each alias counted with all that it stands for")
    }

    @Test func depthIsLimitedAlsoThroughAliases() throws {
        let nested = String(repeating: "[", count: 199) + String(repeating: "]", count: 199)
        _ = try parse(nested)
        #expect(throws: YAMLError.self) { try parse("[[\(nested)]]") }

        var chain = "- &a0 x\n"
        for level in 1...300 { chain += "- &a\(level) [*a\(level - 1)]\n" }
        let error = #expect(throws: YAMLError.self) { try parse(chain) }
        #expect(error?.message == "more than 200 levels of nesting")
    }

    @Test func aHugeMergeTakesLinearTime() throws {
        let keys = (0..<50_000).map { "k\($0): 1" }.joined(separator: ", ")
        let node = try parse("a: &a {\(keys)}\nb: {\(keys), <<: *a}\n")
        #expect(node["b"]?.pairs?.count == 50_000)
    }
}
