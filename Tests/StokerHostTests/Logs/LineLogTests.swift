import StokerCore
import Testing

@testable import StokerHost

@Suite("Times in logs and tables")
struct TimeTextTests {
    @Test("a time is UTC, to the second")
    func iso() {
        #expect(TimeText.iso(WallTime(milliseconds: 1_767_322_983_999)) == "2026-01-02T03:03:03Z")
    }

    @Test("an age has one or two units, and a clock that went back makes none negative")
    func age() {
        func age(_ seconds: Int64) -> String {
            TimeText.age(of: WallTime(milliseconds: 0), at: WallTime(milliseconds: seconds * 1000))
        }
        #expect(
            [0, 59, 60, 3599, 3600, 7860, 86_399, 86_400, 900_000].map(age)
                == ["0s", "59s", "1m", "59m", "1h", "2h11m", "23h59m", "1d", "10d"])
        #expect(age(-5) == "0s")
    }
}
