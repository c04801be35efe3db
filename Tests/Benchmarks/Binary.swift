import Foundation
import TestSupport

/// The binary whose memory and start-up are measured.
enum Binary {
    /// `$STOKER_BINARY`, else the release build of this repository: a debug build says nothing.
    static func release() throws -> String {
        if let path = ProcessEnvironment.current["STOKER_BINARY"] { return try Programs.find(path) }
        let path = Programs.repository + "/.build/release/stoker"
        guard access(path, X_OK) == 0 else {
            throw TestFailure(
                "the release binary is missing: run `swift build -c release --static-swift-stdlib --product stoker`, or "
                    + "set STOKER_BINARY")
        }
        return path
    }
}
