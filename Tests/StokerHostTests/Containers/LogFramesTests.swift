import Testing

@testable import StokerHost

@Suite struct LogFramesTests {
    @Test func framesBecomeTheirText() {
        #expect(text(frame(1, "a\n") + frame(2, "b\n")) == "a\nb\n")
        #expect(text(frame(1, "")) == "")
        let long = String(repeating: "x", count: 70_000)
        #expect(text(frame(2, long) + frame(1, "end")) == long + "end")
    }

    @Test func whatIsCutOrBrokenGivesWhatThereIs() {
        #expect(text(Array(frame(1, "abcdef").dropLast(3))) == "abc")
        #expect(text(frame(1, "a") + [1, 0, 0]) == "a")
        #expect(text(frame(1, "a") + Array("no frame at all".utf8)) == "a")
        // A length that no answer can have.
        #expect(text([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x61]) == "a")
    }

    private func frame(_ stream: UInt8, _ text: String) -> [UInt8] {
        let count = text.utf8.count
        return [stream, 0, 0, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } + Array(text.utf8)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: LogFrames.unpacked(bytes), as: UTF8.self) }
}
