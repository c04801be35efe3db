import CCurl
import CPlatform

/// How long nothing has come or gone on a connection. Until there is one, its own limit counts instead.
struct IdleWatch {
    private let limit: UInt64
    private var moved: Int64 = -1
    /// When it will have been silent for too long, unless something moves.
    private(set) var end: UInt64

    /// Begins now.
    init(limit: Duration) {
        self.limit = nanoseconds(limit)
        end = monotonicNanoseconds() + self.limit
    }

    /// Looks; false when it was silent for too long.
    mutating func sees(_ easy: UnsafeMutableRawPointer) -> Bool {
        let now = monotonicNanoseconds()
        let sum =
            Int64(curlLong(easy, CURLINFO_HEADER_SIZE) + curlLong(easy, CURLINFO_REQUEST_SIZE))
            + offset(easy, CURLINFO_SIZE_DOWNLOAD_T) + offset(easy, CURLINFO_SIZE_UPLOAD_T)
        if sum != moved || offset(easy, CURLINFO_PRETRANSFER_TIME_T) == 0 {
            moved = sum
            end = now + limit
        }
        return now < end
    }

    private func offset(_ easy: UnsafeMutableRawPointer, _ info: CURLINFO) -> Int64 {
        var value: Int64 = 0
        _ = platform_curl_get_offset(easy, info.rawValue, &value)
        return value
    }
}
