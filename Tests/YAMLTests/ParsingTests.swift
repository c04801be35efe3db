// YAMLTests: the boundary over libyaml, by small documents with exact places, and by every file of the corpora. The
// limits are tested with documents that would otherwise eat the machine.

import StokerCore
import Testing
import YAML

@Suite struct ParsingTests {
    private func parse(_ text: String) throws -> Node { try YAML.parse(Array(text.utf8)) }

    @Test func scalarsKeepTextStyleAndPlace() throws {
        let node = try parse(
            """
            plain: some text # comment
            single: 'it''s'
            double: "a\\tb"
            literal: |
              one
              two
            folded: >-
              one
              two
            """)
        #expect(node["plain"]?.value == .scalar("some text", .plain))
        #expect(node["single"]?.value == .scalar("it's", .quoted))
        #expect(node["double"]?.value == .scalar("a\tb", .quoted))
        #expect(node["literal"]?.value == .scalar("one\ntwo\n", .block))
        #expect(node["folded"]?.value == .scalar("one two", .block))
        #expect(node["plain"]?.mark == Node.Mark(line: 1, column: 8))
        #expect(node["folded"]?.mark == Node.Mark(line: 7, column: 9))
        #expect(node.pairs?.map(\.key.mark.line) == [1, 2, 3, 4, 7])
    }

    @Test func collectionsNest() throws {
        let node = try parse("a:\n- b: [1, two]\n  c: {}\n- ~\n")
        let items = try #require(node["a"]?.items)
        #expect(items.count == 2)
        #expect(items[0]["b"]?.items?.map(\.text) == ["1", "two"])
        #expect(items[0]["c"]?.pairs?.isEmpty == true)
        #expect(items[0].mark == Node.Mark(line: 2, column: 3))
        #expect(items[1].isNull)
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "\u{feff}", "---\n", "---\n...\n"])
    func nothingIsANull(_ text: String) throws {
        let node = try parse(text)
        #expect(node.isNull)
        #expect(node.value == .scalar("", .plain))
        if !text.hasPrefix("---") { #expect(node.mark == Node.Mark(line: 1, column: 1)) }
    }

    @Test func aKeyWithoutValueIsNullRightBehindIt() throws {
        let node = try parse("a:\nb: 1\n")
        #expect(node["a"]?.isNull == true)
        #expect(node["a"]?.bytes == 2..<2)
    }

    @Test func byteRangesCountBytesNotCharacters() throws {
        let text = "\u{feff}ä: «ü»\r\nsecond: \"😀 quoted\"\r\nthird: 'ö' # é\r\nfourth: x\r\n"
        let bytes = Array(text.utf8)
        let node = try YAML.parse(bytes)
        func source(_ node: Node?) throws -> String {
            let range = try #require(node?.bytes)
            return String(decoding: bytes[range], as: UTF8.self)
        }
        #expect(try source(node.pairs?[0].key) == "ä")
        #expect(try source(node["ä"]) == "«ü»")
        #expect(try source(node["second"]) == "\"😀 quoted\"")
        #expect(try source(node["third"]) == "'ö'")
        #expect(try source(node["fourth"]) == "x")
        #expect(node["fourth"]?.mark == Node.Mark(line: 4, column: 9))
        #expect(node["third"]?.mark == Node.Mark(line: 3, column: 8))
    }

    @Test func byteRangesAreRightFarIntoAFile() throws {
        let lines = (0..<2000).map { "k\($0): \($0 % 7 == 0 ? "größer 😀" : "plain") v\($0)\n" }
        let bytes = Array(lines.joined().utf8)
        let node = try YAML.parse(bytes)
        for (at, pair) in try #require(node.pairs).enumerated() {
            #expect(String(decoding: bytes[pair.key.bytes], as: UTF8.self) == "k\(at)")
            #expect(String(decoding: bytes[pair.value.bytes], as: UTF8.self) == pair.value.text)
        }
    }

    @Test func utf16IsReadWithoutByteRanges() throws {
        var bytes: [UInt8] = [0xff, 0xfe]
        for unit in "a: grün\n".utf16 { bytes += [UInt8(unit & 0xff), UInt8(unit >> 8)] }
        let node = try YAML.parse(bytes)
        #expect(node["a"]?.text == "grün")
        #expect(node["a"]?.bytes == 0..<0)
    }

    @Test func tagsBecomeStyles() throws {
        let node = try parse("a: !!str 12\nb: !!int \"12\"\nc: ! 12\nd: !own 12\ne: !!str 'x'\n")
        #expect(node["a"]?.value == .scalar("12", .quoted))
        #expect(node["b"]?.value == .scalar("12", .plain))
        #expect(node["c"]?.value == .scalar("12", .quoted))
        #expect(node["d"]?.value == .scalar("12", .plain))
        #expect(node["e"]?.value == .scalar("x", .quoted))
    }

    @Test func placesBeginBehindAnchorsAndTags() throws {
        let text = "a: &anchor !!str é12\nb: &x # why\n  text\nc: &y\nd: !!str 'q'\n"
        let bytes = Array(text.utf8)
        let node = try YAML.parse(bytes)
        let found = try #require(node.pairs).map { String(decoding: bytes[$0.value.bytes], as: UTF8.self) }
        #expect(found == ["é12", "text", "", "'q'"])
        #expect(node["a"]?.mark == Node.Mark(line: 1, column: 18))
        #expect(node["b"]?.mark == Node.Mark(line: 3, column: 3))
    }

    @Test func duplicateKeysAreKept() throws {
        let node = try parse("a: 1\nb: 2\na: 3\n")
        #expect(node.pairs?.map(\.key.text) == ["a", "b", "a"])
        #expect(node.pairs?.map(\.value.text) == ["1", "2", "3"])
    }

    @Test func onlyTheFirstDocumentIsLookedAt() throws {
        let text = "a: 1\n---\nb: [\n"
        #expect(try parse(text)["a"]?.text == "1")
        #expect(throws: YAMLError.self) { try YAML.parseAll(Array(text.utf8)) }
        #expect(try YAML.parseAll(Array("a\n---\nb\n---\n".utf8)).map(\.text) == ["a", "b", ""])
        #expect(try YAML.parseAll(Array("# nothing\n".utf8)).isEmpty)
    }

    @Test(arguments: [
        (
            "a: [1, 2\nb: 3\n",
            "2:2: did not find expected ',' or ']' while parsing a flow sequence that starts on line 1"
        ),
        ("a: b: c\n", "1:5: mapping values are not allowed in this context"),
        (
            "a: 1\n\tb: 2\n",
            "2:1: found a tab character that violates indentation while scanning a plain scalar that starts on line 1"
        ),
        ("a: \"open\n", "2:1: found unexpected end of stream while scanning a quoted scalar that starts on line 1"),
        ("é: é\u{7}\n", "1:5: control characters are not allowed"),
        ("a: *nothing\n", "1:4: alias \"nothing\" has no anchor before it"),
        ("a: &x [*x]\n", "1:8: anchor \"x\" contains itself"),
    ])
    func mistakesHaveAPlace(_ text: String, _ message: String) {
        #expect(failure(of: Array(text.utf8)) == message)
    }

    private func failure(of bytes: [UInt8]) -> String? {
        do throws(YAMLError) {
            _ = try YAML.parse(bytes)
            return nil
        } catch { return error.description }
    }

    @Test func brokenUTF8HasAPlace() {
        #expect(failure(of: Array("a: 1\nb: é".utf8) + [0xc3, 0x28]) == "2:6: invalid trailing UTF-8 octet")
    }
}
