import Glibc
import StokerCore

/// The machine's clocks. The boot-time clock goes on in sleep and never jumps; the wall clock is for display.
public enum Clock {
    /// Both clocks now.
    public static func now() -> Now { Now(instant: instant(), wall: wall()) }

    /// The boot-time clock.
    public static func instant() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The wall clock.
    public static func wall() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// What the wall clock will show after a while.
    public static func wall(in duration: Duration) -> WallTime {
        WallTime(milliseconds: wall().milliseconds + duration.inNanoseconds / 1_000_000)
    }

    /// The kernel's name for this boot; instants of another boot mean nothing.
    public static func bootID() -> String {
        switch SmallFile.read("/proc/sys/kernel/random/boot_id", limit: 256) {
        case .success(let bytes): String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        // Without /proc no boot is like another: every window starts again, which is safe.
        case .failure: "unknown-\(getpid())-\(instant().nanoseconds)"
        }
    }
}
