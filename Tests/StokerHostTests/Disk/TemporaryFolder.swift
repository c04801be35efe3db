import Glibc

/// A fresh folder that is removed at the end of its test.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/stoker-disk-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failed(code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    struct Failed: Error { let code: Int32 }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        var found = stat()
        guard lstat(path, &found) == 0 else { return }
        if found.st_mode & S_IFMT == S_IFDIR, let stream = opendir(path) {
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != "." && name != ".." { remove(path + "/" + name) }
            }
            closedir(stream)
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
