import StokerCore
import Testing

@Suite("Prometheus durations") struct DurationTextTests {
    // From model/time_test.go of prometheus/common.
    @Test(
        "are read and written as Prometheus does",
        arguments: [
            ("0", 0, "0s"), ("0w", 0, "0s"), ("0s", 0, "0s"), ("324ms", 324, "324ms"), ("3s", 3000, "3s"),
            ("5m", 300_000, "5m"), ("1h", 3_600_000, "1h"), ("4d", 345_600_000, "4d"), ("4d1h", 349_200_000, "4d1h"),
            ("14d", 1_209_600_000, "2w"), ("3w", 1_814_400_000, "3w"), ("3w2d1h", 1_990_800_000, "23d1h"),
            ("10y", 315_360_000_000, "10y"), ("60s", 60_000, "1m"), ("90m", 5_400_000, "1h30m"),
            ("1500ms", 1500, "1s500ms"), ("90d", 7_776_000_000, "90d"),
        ] as [(String, Int64, String)])
    func readAndWrite(text: String, milliseconds: Int64, written: String) {
        #expect(PrometheusDuration.parse(text) == .milliseconds(milliseconds))
        #expect(PrometheusDuration.text(.milliseconds(milliseconds)) == written)
    }

    @Test(
        "are refused as Prometheus refuses them",
        arguments: [
            "", "1", "1y1m1d", "-1w", "1.5d", "d", "294y", "200y10400w", "107675d", "2584200h", "5m5m", "1 m", "5M",
        ])
    func refused(text: String) {
        #expect(PrometheusDuration.parse(text) == nil)
    }
}
