import Git
import Testing

@testable import StokerHost

/// What servers say about their references, byte by byte.
@Suite("Advertisements") struct AdvertisementTests {
    static let ids = (1...9).map { String(repeating: "\($0)", count: 40) }
    private let question = RefQuestion(names: ["refs/heads/main", "refs/tags/v1"])

    static func lines(_ lines: [String?]) -> [UInt8] {
        lines.flatMap { $0.map { PktLineReader.packet($0) } ?? PktLineReader.flush }
    }

    private func read(_ bytes: [UInt8], limit: Int = 100) throws(AdvertisementProblem) -> Advertisement {
        var reader = PktLineReader(bytes)
        return try Advertisement(&reader, question: question, limit: limit)
    }

    private func seen(_ bytes: [UInt8]) throws -> RefsSeen {
        guard case .references(let seen) = try read(bytes) else { throw AdvertisementProblem.malformed("protocol 2") }
        return seen
    }

    private func id(_ number: Int) -> ObjectID? { ObjectID(Self.ids[number]) }

    static let version0: [String?] = [
        "\(ids[0]) HEAD\0multi_ack symref=HEAD:refs/heads/main object-format=sha1 agent=git/2.39\n",
        "\(ids[0]) refs/heads/main\n", "\(ids[1]) refs/heads/main-2\n", "\(ids[2]) refs/tags/v1\n",
        "\(ids[3]) refs/tags/v1^{}\n", nil,
    ]

    @Test("protocol 0: the wanted references, the tag object and not its commit, the default branch")
    func version0() throws {
        for prefix in [[], ["# service=git-upload-pack\n", nil], ["version 1\n"]] as [[String?]] {
            let seen = try seen(Self.lines(prefix + Self.version0))
            #expect(seen.ids == ["refs/heads/main": id(0), "refs/tags/v1": id(2)])
            #expect(seen.head == "refs/heads/main")
            #expect(seen.hasBranches)
        }
    }

    @Test("an empty repository, in both ways servers tell it")
    func empty() throws {
        let zero = String(repeating: "0", count: 40)
        for lines in [["\(zero) capabilities^{}\0agent=x\n", nil], [nil]] as [[String?]] {
            let seen = try seen(Self.lines(["# service=git-upload-pack\n", nil] + lines))
            #expect(seen.ids.isEmpty && !seen.hasBranches && seen.head == nil)
            #expect(seen.maybeEmpty(question))
        }
    }

    @Test("protocol 2: capabilities, with and without the line of http before them")
    func version2() throws {
        let lines: [String?] = [
            "version 2\n", "agent=git/2.39\n", "ls-refs=unborn\n", "fetch\n", "object-format=sha1\n",
        ]
        for prefix in [[], ["# service=git-upload-pack\n", nil]] as [[String?]] {
            guard case .capabilities(let found) = try read(Self.lines(prefix + lines + [nil])) else {
                Issue.record("no capabilities")
                return
            }
            #expect(found.takesAgent && found.namesObjectFormat)
        }
        #expect(throws: AdvertisementProblem.self) { try read(Self.lines(["version 2\n", "agent=x\n", nil])) }
        #expect(throws: AdvertisementProblem.self) { try read(Self.lines(lines)) }
        #expect(throws: AdvertisementProblem.self) {
            try read(Self.lines(["version 2\n", "ls-refs\n", "object-format=sha256\n", nil]))
        }
    }

    @Test("the question of protocol 2, as git-protocol-v2 spells it")
    func request() {
        var capabilities = ServerCapabilities()
        #expect(
            String(decoding: ListRequest(question: question).bytes(capabilities, agent: "x"), as: UTF8.self)
                == "0014command=ls-refs\n0001000csymrefs\n0014ref-prefix HEAD\n001fref-prefix refs/heads/main\n"
                + "001cref-prefix refs/tags/v1\n0000")
        var reader = PktLineReader(Self.lines(["agent=git\n", "ls-refs\n", "object-format=sha1\n", nil]))
        do { capabilities = try ServerCapabilities(&reader) } catch { Issue.record("\(error)") }
        let text = String(decoding: ListRequest(question: question).bytes(capabilities, agent: "x"), as: UTF8.self)
        #expect(text.hasPrefix("0014command=ls-refs\n000cagent=x\n0017object-format=sha1\n0001"))
    }

    @Test("the answer of protocol 2, attributes and all")
    func answer() throws {
        var reader = PktLineReader(
            Self.lines([
                "unborn HEAD symref-target:refs/heads/trunk\n", "\(Self.ids[0]) refs/heads/main\n",
                "\(Self.ids[2]) refs/tags/v1 peeled:\(Self.ids[3])\n", nil,
            ]))
        let seen = try ListRequest(question: question).answer(&reader, limit: 100)
        #expect(seen.ids == ["refs/heads/main": id(0), "refs/tags/v1": id(2)])
        #expect(seen.head == "refs/heads/trunk")
    }

    @Test(
        "what is no answer has one clear reason",
        arguments: [
            ("", "the answer is empty"), ("00", "the last packet is cut off"),
            ("zzzz", "does not begin with its length"),
            ("0003", "impossible length 3"), ("00ffabc", "the last packet is cut off"),
            ("<html><body>", "does not begin with its length"), ("0001", "the references are missing"),
            ("001e# service=git-receive-pack\n0000", "offers another service"), ("0008abcd", "no reference"),
            ("000cabc def\n0000", "does not begin with an object name"),
        ])
    func malformed(_ text: String, _ words: String) {
        do throws(AdvertisementProblem) {
            _ = try read(Array(text.utf8))
            Issue.record("\(text) was read")
        } catch {
            let failure = error.failure(SourceURL("https://user:secret@example.invalid/x"))
            #expect(failure.kind == .protocolError)
            #expect(failure.message.contains(words), "\(failure.message)")
            #expect(!failure.message.contains("secret"))
        }
    }

    @Test("SHA-256 names, too many references, the server's own refusal")
    func refused() {
        let long = String(repeating: "a", count: 64)
        #expect(throws: AdvertisementProblem.malformed("its object names are SHA-256, which Stoker cannot read")) {
            try read(Self.lines(["\(long) HEAD\0x\n", nil]))
        }
        #expect(throws: AdvertisementProblem.tooMany(limit: 3)) { try read(Self.lines(Self.version0), limit: 3) }
        #expect(throws: AdvertisementProblem.refused("go away \u{1b}[31m".replacing("\u{1b}", with: " "))) {
            try read(Self.lines(["ERR go away \u{1b}[31m\n", nil]))
        }
    }

    @Test("ten thousand damaged answers are read or refused, nothing else")
    func fuzz() {
        let capabilities: [String?] = ["version 2\n", "agent=git\n", "ls-refs=unborn\n", "object-format=sha1\n", nil]
        let corpus = [
            Self.lines(["# service=git-upload-pack\n", nil] + Self.version0),
            Self.lines(capabilities + ["\(Self.ids[0]) HEAD symref-target:refs/heads/main\n", nil]),
        ]
        var refused = 0
        for seed in 0..<10_000 {
            var random = Seeded(state: UInt64(seed))
            let bytes = random.damaged(corpus[seed % 2])
            var reader = PktLineReader(bytes)
            do throws(AdvertisementProblem) {
                switch try Advertisement(&reader, question: question, limit: 4) {
                case .references(let seen): #expect(seen.ids.count <= 2, "seed \(seed)")
                case .capabilities: _ = try ListRequest(question: question).answer(&reader, limit: 4)
                }
            } catch {
                refused += 1
                #expect(error.failure(SourceURL("/x")).message.utf8.count < 1000, "seed \(seed)")
            }
        }
        #expect((1000..<10_000).contains(refused), "refused: \(refused)")
    }

    /// SplitMix64: the same numbers on every machine.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }

        mutating func damaged(_ text: [UInt8]) -> [UInt8] {
            var text = text
            for _ in 0..<Int.random(in: 1...4, using: &self) where !text.isEmpty {
                let at = Int.random(in: 0..<text.count, using: &self)
                let end = min(text.count, at + Int.random(in: 1...60, using: &self))
                switch Int.random(in: 0..<5, using: &self) {
                case 0: text[at] = UInt8.random(in: .min ... .max, using: &self)
                case 1: text.removeSubrange(at..<end)
                case 2: text.insert(contentsOf: text[at..<end], at: at)
                case 3: text[at] = Array("0123f \0\n".utf8).randomElement(using: &self) ?? 0
                case let other: text = other == 4 ? Array(text[..<at]) : text
                }
            }
            return text
        }
    }
}
