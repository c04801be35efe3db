import FoundationEssentials
import StokerCore

/// Times as text.
public enum TimeText {
    /// `2026-01-02T03:04:05Z`, UTC.
    public static func iso(_ time: WallTime) -> String {
        Date(timeIntervalSince1970: Double(time.milliseconds / 1000)).formatted(.iso8601)
    }

    /// Reads RFC 3339, with or without parts of a second; nil where it is something else.
    public static func parse(_ text: String) -> WallTime? {
        for style in [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)] {
            do {
                let seconds = try style.parse(text).timeIntervalSince1970
                // Four digits of a year: what is beyond is a mistake, and would not fit.
                guard abs(seconds) < 300_000_000_000 else { return nil }
                return WallTime(milliseconds: Int64((seconds * 1000).rounded()))
            } catch {
                continue
            }
        }
        return nil
    }

    /// How long ago, in one or two units: `5s`, `3m`, `2h10m`, `4d`.
    public static func age(of time: WallTime, at now: WallTime) -> String {
        let seconds = max(0, (now.milliseconds - time.milliseconds) / 1000)
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m" }
        if seconds < 86_400 {
            let minutes = seconds % 3600 / 60
            return "\(seconds / 3600)h" + (minutes > 0 ? "\(minutes)m" : "")
        }
        return "\(seconds / 86_400)d"
    }
}
