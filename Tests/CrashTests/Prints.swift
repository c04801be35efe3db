import Foundation

/// What the process answers when it serves a content as a whole.
struct Print: Hashable, Sendable {
    let config: String
    let rules: [String: [String]]
}

/// The prints that were taken.
final class Prints: @unchecked Sendable {
    // Guarded by `lock`.
    private let lock = NSLock()
    private var prints: [String: Print] = [:]

    func set(_ name: String, _ print: Print) { lock.withLock { prints[name] = print } }
    func name(_ print: Print) -> String? { lock.withLock { prints.first { $0.value == print }?.key } }
}
