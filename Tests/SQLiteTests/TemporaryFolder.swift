import Glibc

/// Runs a test in a folder of its own, which is removed with its files afterwards. Everybody may enter it.
func withTemporaryFolder<Answer>(_ body: (String) throws -> Answer) throws -> Answer {
    var template = Array("/tmp/stoker-sqlite-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TemporaryFolderError(code: errno) }
    let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    chmod(path, 0o755)
    defer { removeFolder(path) }
    return try body(path)
}

private struct TemporaryFolderError: Error {
    let code: Int32
}

private func removeFolder(_ path: String) {
    chmod(path, 0o755)
    if let folder = opendir(path) {
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." {
                unlink("\(path)/\(name)")
            }
        }
        closedir(folder)
    }
    rmdir(path)
}

/// Writes a file of these bytes.
func writeFile(_ path: String, _ bytes: [UInt8], at offset: Int = 0) {
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
    _ = pwrite(descriptor, bytes, bytes.count, off_t(offset))
    close(descriptor)
}

/// Runs the body on a thread that has no right to override permissions. Only that thread's file system identity changes, so
/// other tests go on as root.
func withoutPrivileges<Answer: Sendable>(_ body: @escaping @Sendable () -> Answer) -> Answer? {
    let work = Work(body)
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<AnyWork>.fromOpaque(context).takeUnretainedValue().run()
            return nil
        }, Unmanaged<AnyWork>.passUnretained(work).toOpaque())
    pthread_join(thread, nil)
    return work.answer
}

private class AnyWork {
    func run() {}
}

private final class Work<Answer: Sendable>: AnyWork {
    private let body: @Sendable () -> Answer
    var answer: Answer?

    init(_ body: @escaping @Sendable () -> Answer) {
        self.body = body
    }

    override func run() {
        typealias SetIdentity = @convention(c) (UInt32) -> Int32
        guard let symbol = dlsym(nil, "setfsuid") else { return }
        let nobody: UInt32 = 65534
        _ = unsafeBitCast(symbol, to: SetIdentity.self)(nobody)
        answer = body()
    }
}
