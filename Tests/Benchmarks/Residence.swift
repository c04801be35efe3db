import Foundation
import TestSupport

/// What a process holds now, as the kernel counts it.
struct Residence {
    /// VmRSS in megabytes of 1,000,000 bytes.
    let resident: Double
    /// The part of it that is no file's.
    let anonymous: Double
    /// Open files.
    let descriptors: Int

    /// Reads `/proc`.
    init(of pid: pid_t) throws {
        guard let status = Files.read("/proc/\(pid)/status") else { throw TestFailure("process \(pid) is gone") }
        resident = try Self.field("VmRSS", status)
        anonymous = try Self.field("RssAnon", status)
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    private static func field(_ name: String, _ status: String) throws -> Double {
        for line in status.split(separator: "\n") where line.hasPrefix("\(name):") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.count == 3, words[2] == "kB", let kibibytes = Double(words[1]) { return kibibytes * 1024 / 1e6 }
        }
        throw TestFailure("/proc/…/status has no \(name)")
    }
}
