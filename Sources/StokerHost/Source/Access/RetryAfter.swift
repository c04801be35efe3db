import HTTP
import StokerCore

/// For how long a server asks not to be asked again: `Retry-After` in both its forms, and the rate limits that GitHub,
/// GitLab and others write into their answers.
enum RetryAfter {
    /// Nobody means more than a day.
    private static let most = 86_400

    /// Seconds; nil where the answer does not say.
    static func seconds(_ headers: Headers, now: WallTime) -> Int? {
        // The server's own clock where it tells it: ours may be wrong.
        let now = headers["Date"].flatMap(httpDate) ?? Int(now.milliseconds / 1000)
        if let text = headers["Retry-After"] {
            if let seconds = Int(text) { return bounded(seconds) }
            if let date = httpDate(text) { return bounded(date - now) }
        }
        for prefix in ["x-ratelimit-", "ratelimit-"] {
            guard headers[prefix + "remaining"] == "0", let reset = headers[prefix + "reset"].flatMap({ Int($0) })
            else { continue }
            // A moment, or a number of seconds: the two are far apart.
            return bounded(reset > 1_000_000_000 ? reset - now : reset)
        }
        return nil
    }

    private static func bounded(_ seconds: Int) -> Int { min(max(seconds, 0), most) }

    /// RFC 9110's preferred form, as in `Sun, 06 Nov 1994 08:49:37 GMT`, in seconds since 1970.
    static func httpDate(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3]), (1970...9999).contains(year)
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2]) else {
            return nil
        }
        return daysSince1970(year, month + 1, day) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    /// The proleptic Gregorian calendar, counted in years that begin in March.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
