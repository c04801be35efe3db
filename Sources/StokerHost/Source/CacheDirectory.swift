import FoundationEssentials
import Git
import Glibc
import StokerCore

/// The bare repository a source is fetched into, as a thing on disk that may be found in any state.
///
/// Beside it: `<path>.lock` (held while somebody writes), `<path>.damaged` (left by a reader that found an object missing), `<path>.new`
/// and `<path>.old` (the two ends of a swap), `<path>.rebuilt` (its time of change says when that was tried last), `<path>.compacting` (there while
/// the cache is made smaller, and after that failed), `<path>.of-another-user` (what could not be removed). Only the holder of the lock touches any of them, except that a reader may leave the mark.
struct CacheDirectory {
    let path: String

    private var mark: String { path + ".damaged" }
    private var fresh: String { path + ".new" }
    private var old: String { path + ".old" }
    private var rebuilt: String { path + ".rebuilt" }
    private var compacting: String { path + ".compacting" }
    private var others: String { path + ".of-another-user" }

    var exists: Bool { access(path, F_OK) == 0 }

    /// Where a reader finds it: between the two renames of a swap, or after a crash there, the old one.
    var readablePath: String { !exists && access(old, F_OK) == 0 ? old : path }

    /// Waits for the lock, for as long as it takes: the parent kills this process when its time is over. Closing the descriptor releases it.
    func lock() throws(FetchFailure) -> Int32 {
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("lock") }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let failure = failure("lock")
                close(descriptor)
                throw failure
            }
        }
        return descriptor
    }

    /// Removes what a killed fetch leaves: lock files, which would stop every later fetch, and half-written packs, which would fill the disk.
    func removeLeftovers() throws(FetchFailure) {
        try removeTree(fresh)
        // A swap that was cut between its two renames.
        if !exists, access(old, F_OK) == 0, rename(old, path) != 0 { throw failure("restore") }
        try removeOld()
        for folder in ["", "/objects/pack"] { removeFiles(in: path + folder) }
        removeLocks(below: path + "/refs", depth: 0)
    }

    /// Whether the cache can be fetched into: it opens, its references can be read, and no reader has complained.
    func isSound() throws(FetchFailure) -> Bool {
        guard exists else { return false }
        // libgit2 takes a folder that it may not read for an empty one.
        for part in ["", "/refs", "/refs/stoker", "/objects", "/objects/pack"] where !Self.isOurs(path + part) {
            return false
        }
        if access(mark, F_OK) == 0, mayRebuild { return false }
        do throws(GitError) {
            let repository = try Repository.openBare(at: path)
            try repository.checkConfiguration()
            for name in try repository.references(below: "refs/stoker/") {
                guard let id = try repository.target(of: name),
                    try RefSelection.commit(behind: id, in: repository) != nil
                else { return false }
            }
            return true
        } catch {
            // Anything but damage (no memory, no descriptors) says nothing about the cache; no permission does, where
            // somebody else wrote into it.
            guard Self.isDamage(error) || hasFilesOfOthers(path, depth: 0) else {
                throw FetchFailure(.local, "could not open the git cache \(path): \(error.message)")
            }
            return false
        }
    }

    /// Whether this user made it: one of somebody else may be changed by them at any time, or not be readable.
    private static func isOurs(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) != 0 || status.st_uid == geteuid()
    }

    /// A command that was run as another user leaves such files.
    private func hasFilesOfOthers(_ folder: String, depth: Int) -> Bool {
        guard depth < 8 else { return false }
        return names(in: folder).contains { name in
            !Self.isOurs("\(folder)/\(name)") || hasFilesOfOthers("\(folder)/\(name)", depth: depth + 1)
        }
    }

    /// Whether it still is what a fetch has reported: it is there, no reader has complained, and each followed ref leads
    /// where it led. Another program may fetch into it, too. A look, which opens no repository: a few small files are read.
    func isAsLeft(by report: FetchReport) -> Bool {
        guard access("\(path)/HEAD", R_OK) == 0, access(mark, F_OK) != 0 else { return false }
        return report.refs.allSatisfy { found in
            // What leads to no commit is not kept.
            guard found.commit != nil, let target = found.target else { return true }
            guard let name = found.local,
                case .success(let bytes) = SmallFile.read("\(path)/\(name)", limit: 64)
            else { return false }
            return bytes.starts(with: target.utf8)
        }
    }

    /// The path of an empty place to fetch into, and a note of when that was.
    func startAnew() throws(FetchFailure) -> String {
        try removeTree(fresh)
        if exists {
            try note(rebuilt)
        }
        return fresh
    }

    private func note(_ stamp: String) throws(FetchFailure) {
        let descriptor = open(stamp, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, futimens(descriptor, nil) == 0 else { throw failure("note the time of a change of") }
        close(descriptor)
    }

    /// Puts a complete new cache into the place of the old one. Descriptors of readers go on to the old one until they look again.
    func replace(with new: String) throws(FetchFailure) {
        if exists, rename(path, old) != 0 { throw failure("replace") }
        guard rename(new, path) == 0 else { throw failure("replace") }
        unlink(mark)
        try removeOld()
    }

    /// What belongs to somebody else cannot always be removed; once it can be put out of the way.
    private func removeOld() throws(FetchFailure) {
        do throws(FetchFailure) { try removeTree(old) } catch {
            guard hasFilesOfOthers(old, depth: 0) || !Self.isOurs(old), access(others, F_OK) != 0,
                rename(old, others) == 0
            else { throw error }
        }
    }

    /// Leaves the mark that makes the next fetch rebuild. Called by readers, without the lock.
    func markDamaged() {
        let descriptor = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// A repository that is damaged on the server looks damaged here, too, and would be cloned anew at every poll: once in five minutes is enough.
    var mayRebuild: Bool { Self.isOlder(rebuilt, than: 300) }

    private static func isOlder(_ stamp: String, than seconds: Int) -> Bool {
        var status = stat()
        guard stat(stamp, &status) == 0 else { return true }
        return abs(time(nil) - status.st_mtim.tv_sec) > seconds
    }

    /// Whether an error says that the files of the cache are broken, as opposed to what the server or this machine does.
    static func isDamage(_ error: GitError) -> Bool {
        switch error.area {
        case .objects, .reference, .repository, .configuration, .zlib: true
        // A tag whose commit is gone.
        case .object: error.code == .notFound
        case .indexer: error.message.contains("missing delta bases")
        default: error.code == .mismatch
        }
    }

    /// The packs with their indexes: how many, and the bytes they take on disk, all together and the largest one.
    var packs: (count: Int, bytes: Int, largest: Int) {
        var sizes: [Substring: Int] = [:]
        var count = 0
        for name in names(in: path + "/objects/pack") {
            var status = stat()
            guard stat("\(path)/objects/pack/\(name)", &status) == 0 else { continue }
            if name.hasSuffix(".pack") { count += 1 }
            sizes[name[..<(name.lastIndex(of: ".") ?? name.endIndex)], default: 0] += Int(status.st_blocks) * 512
        }
        return (count, sizes.values.reduce(0, +), sizes.values.max() ?? 0)
    }

    /// One attempt to make the cache smaller: where it does not come to its end (it throws, or this process is killed), the
    /// next one is an hour later, as every fetch would run into it otherwise.
    func compact(_ body: (_ fresh: String) throws(FetchFailure) -> Void) throws(FetchFailure) {
        try note(compacting)
        try removeTree(fresh)
        try body(fresh)
        try replace(with: fresh)
        unlink(compacting)
    }

    /// Whether that may be tried now.
    var mayCompact: Bool { Self.isOlder(compacting, than: 3600) }

    /// Gives a commit a reference, by the renaming of a lock file as git does it: what a crash leaves is removed as such.
    func write(_ reference: String, _ commit: CommitID) throws(FetchFailure) {
        let name = "\(path)/\(reference)"
        let folder = String(name[..<(name.lastIndex(of: "/") ?? name.startIndex)])
        let text = commit.rawValue + "\n"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FetchFailure(.local, "could not make \(folder): \(error)")
        }
        let descriptor = open(name + ".lock", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("write \(reference) in") }
        let isWritten = Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, rename(name + ".lock", name) == 0 else { throw failure("write \(reference) in") }
    }

    private func removeFiles(in folder: String) {
        for name in names(in: folder) where Self.isLeftover(name) { unlink("\(folder)/\(name)") }
    }

    private func removeLocks(below folder: String, depth: Int) {
        guard depth < 64 else { return }
        for name in names(in: folder) {
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".lock") { unlink(path) } else { removeLocks(below: path, depth: depth + 1) }
        }
    }

    private static func isLeftover(_ name: String) -> Bool {
        name.hasSuffix(".lock")
            || ["tmp_pack_", "pack_git2_", "tmp_object_", "tmp_idx_"].contains { name.hasPrefix($0) }
    }

    /// The names in a folder; none when it is not there or no folder.
    private func names(in folder: String) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch { return [] }
    }

    private func removeTree(_ path: String) throws(FetchFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw FetchFailure(.local, "could not remove \(path): \(error)")
        }
    }

    private func failure(_ doing: String) -> FetchFailure {
        FetchFailure(.local, "could not \(doing) the git cache \(path): \(String(cString: strerror(errno)))")
    }
}
