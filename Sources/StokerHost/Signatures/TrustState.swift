import Glibc
import StokerCore

/// Which files the policy names right now, as far as `stat` can tell: another state, and everything is judged anew.
struct TrustState: Hashable, Sendable {
    private struct Stamp: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let modified: Int64
        let changed: Int64
    }

    private let stamps: [Stamp?]

    init(_ policy: SignaturePolicy) {
        stamps = [policy.allowedSignersFile, policy.revocationFile, policy.keyringFile].map { path in
            var status = stat()
            guard let path, stat(path, &status) == 0 else { return nil }
            return Stamp(
                device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
                modified: Self.nanoseconds(status.st_mtim), changed: Self.nanoseconds(status.st_ctim))
        }
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
