import CPlatform
import Glibc
import StokerCore

/// The pipe `wake` in the storage directory: one byte in it wakes a running daemon. Whoever may write the storage
/// directory may command.
public struct WakeFIFO: Sendable {
    private let path: String

    /// The pipe of a storage directory.
    public init(storage: String) { path = storage + "/wake" }

    /// Wakes the daemon, if one listens; without one nothing happens.
    public func wake() {
        let descriptor = stoker_open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Something else of that name is not ours to write into.
        guard Self.isPipe(descriptor) else { return }
        var byte: UInt8 = 1
        // A full pipe wakes as well as one byte more.
        _ = write(descriptor, &byte, 1)
    }

    /// Whether a daemon listens.
    public var isHeard: Bool {
        let descriptor = stoker_open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Self.isPipe(descriptor)
    }

    /// Makes the pipe and calls `onWake` for each waking, on a thread of its own, for the life of the program.
    public func listen(_ onWake: @escaping @Sendable () -> Void) throws(DiskError) {
        if mkfifo(path, 0o600) != 0 && errno != EEXIST {
            throw DiskError(
                operation: "mkfifo", path: path, code: DiskError.Code(rawValue: errno),
                message: String(cString: strerror(errno)))
        }
        // Open for both, so that it never ends when the last writer goes.
        let descriptor = stoker_open(path, O_RDWR | O_NOFOLLOW, 0)
        guard descriptor >= 0 else {
            throw DiskError(
                operation: "open", path: path, code: DiskError.Code(rawValue: errno),
                message: String(cString: strerror(errno)))
        }
        guard Self.isPipe(descriptor) else {
            close(descriptor)
            throw DiskError(
                operation: "open", path: path, code: .invalid,
                message: "it is no pipe, and was not made by Stoker: remove it")
        }
        let box = Unmanaged.passRetained(Listener(descriptor: descriptor, onWake: onWake)).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Listener>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, box)
        precondition(code == 0, "the thread that listens to \(path) cannot be started: error \(code)")
        pthread_detach(thread)
    }

    private static func isPipe(_ descriptor: Int32) -> Bool {
        var found = stat()
        return fstat(descriptor, &found) == 0 && found.st_mode & S_IFMT == S_IFIFO
    }

    private final class Listener: Sendable {
        let descriptor: Int32
        let onWake: @Sendable () -> Void

        init(descriptor: Int32, onWake: @escaping @Sendable () -> Void) {
            self.descriptor = descriptor
            self.onWake = onWake
        }

        func run() {
            var buffer = [UInt8](repeating: 0, count: 512)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return }
                onWake()
            }
        }
    }
}
