import StokerCore
import StokerHost

/// The locks of the folders that targets are deployed to. One that is not there yet, or cannot be locked now, is locked
/// later: its absence must not stop the other environments.
@HostActor
final class Places {
    private var locks: [String: FileLock] = [:]

    /// Takes the locks of all that is there.
    /// - Throws: `Busy` where another Stoker works on one of them.
    init(_ environments: [EnvironmentConfiguration]) throws {
        for target in environments.flatMap(\.targets) {
            switch Self.acquire(target) {
            case .held(let lock): locks[Self.path(of: target)] = lock
            case .busy(let holder): throw Busy(Self.name(of: target), holder: holder)
            case .absent, .failed: continue
            }
        }
    }

    /// Locks what has appeared since.
    func claim(_ environment: EnvironmentConfiguration) throws(Failure) {
        for target in environment.targets where locks[Self.path(of: target)] == nil {
            switch Self.acquire(target) {
            case .held(let lock): locks[Self.path(of: target)] = lock
            case .absent: continue
            case .busy(let holder):
                throw Failure(.deployFailed, .environmental, Busy(Self.name(of: target), holder: holder).message)
            case .failed(let error):
                throw Failure(
                    .deployFailed, .environmental, "\(Self.name(of: target)) cannot be locked: \(error): is it mounted?"
                )
            }
        }
    }

    private enum Outcome {
        case held(FileLock)
        case busy(Int32?)
        case absent
        case failed(DiskError)
    }

    private static func acquire(_ target: TargetConfiguration) -> Outcome {
        do throws(DiskError) {
            switch try FileLock.acquire(existing: path(of: target)) {
            case .held(let lock): return .held(lock)
            case .busy(let holder): return .busy(holder)
            }
        } catch {
            switch error.code {
            // A link where none may be is for the deploy to refuse, with its own words.
            case .notFound, .notDirectory, .linkLoop: return .absent
            default: return .failed(error)
            }
        }
    }

    private static func path(of target: TargetConfiguration) -> String {
        target.layout == .linked ? target.releasesDirectory ?? target.deployTo + ".releases" : target.deployTo
    }

    private static func name(of target: TargetConfiguration) -> String { "\(path(of: target)) of target \(target.id)" }
}
