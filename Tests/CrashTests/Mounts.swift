import Foundation
import TestSupport

/// File systems of a test's own.
enum Mounts {
    // MNT_DETACH, which Swift does not import as a number.
    private static let lazily: Int32 = 2

    /// A small file system in memory.
    static func memory(_ path: String, _ deferred: Deferred) async throws {
        try await Shell.succeed(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0755", "tmpfs", path])
        deferred.add { _ = umount2(path, lazily) }
    }

    /// Writes a file `filler` until not a byte more fits.
    static func fill(_ folder: String) throws {
        let descriptor = open("\(folder)/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestFailure("the filler cannot be made in \(folder)") }
        defer { close(descriptor) }
        for size in [65_536, 4_096, 1] {
            let block = [UInt8](repeating: 0x20, count: size)
            while write(descriptor, block, size) > 0 {}
        }
    }

    /// An ext4 file system in a file, which turns read-only as a broken disk does: under the feet of those who have files
    /// open on it.
    final class Disk: @unchecked Sendable {
        // Guarded by `lock`: clean-up runs on another task.
        private let lock = NSLock()
        private var path = ""
        private var device = ""

        /// Makes and mounts it.
        func mount(_ path: String, _ deferred: Deferred) async throws {
            let image = path + ".image"
            try Data().write(to: URL(fileURLWithPath: image))
            guard truncate(image, 64 << 20) == 0 else { throw TestFailure("truncate of \(image) failed") }
            try await Shell.succeed(["mkfs.ext4", "-q", "-F", image])
            let device = try await Shell.succeed(["losetup", "--find", "--show", image])
                .trimmingCharacters(in: .whitespacesAndNewlines)
            deferred.add {
                _ = umount2(path, lazily)
                do {
                    let child = try Child(["losetup", "--detach", device], output: "/dev/null")
                    while child.isRunning { usleep(5_000) }
                    try Files.remove(image)
                } catch { print("\(device) could not be given back: \(error)") }
            }
            lock.withLock {
                self.path = path
                self.device = device
            }
            try await mountAgain()
        }

        private func mountAgain() async throws {
            let (path, device) = lock.withLock { (self.path, self.device) }
            try await Shell.succeed(["mount", "-o", "errors=remount-ro", device, path])
        }

        /// The kernel finds an error in it.
        func breaksNow() throws {
            let (path, device) = lock.withLock { (self.path, self.device) }
            let name = (device as NSString).lastPathComponent
            let trigger = open("/sys/fs/ext4/\(name)/trigger_fs_error", O_WRONLY)
            guard trigger >= 0 else { throw TestFailure("\(device) cannot be broken: no trigger_fs_error") }
            _ = write(trigger, "1", 1)
            close(trigger)
            guard open("\(path)/probe", O_WRONLY | O_CREAT, 0o600) < 0, errno == EROFS else {
                throw TestFailure("\(path) did not turn read-only")
            }
        }

        /// What an administrator does: unmount, check, mount. Nobody may have a file open on it.
        func repair() async throws {
            let (path, device) = lock.withLock { (self.path, self.device) }
            try await Shell.succeed(["umount", path])
            let check = try await Shell.run(["e2fsck", "-f", "-y", device])
            guard check.code < 4 else { throw TestFailure("e2fsck: \(check)") }
            try await mountAgain()
        }
    }
}
