/// The names inside a staging directory. None has an extension, so that no usual glob matches one of them when the
/// directory has to lie in the deployed tree.
struct StagingArea {
    let path: String

    /// New files of an attempt, by number.
    func staged(_ attempt: Int64) -> String { path + "/staged-\(attempt)" }
    /// The same folder once the attempt is being taken back. As long as the other name, so that the rename fits the
    /// directory even on a full disk.
    func reverting(_ attempt: Int64) -> String { path + "/revert-\(attempt)" }
    /// The same folder once the attempt is taken back: from then on older attempts may be taken back, whose files have the
    /// same names, and nothing of this one may be done again.
    func reverted(_ attempt: Int64) -> String { path + "/undone-\(attempt)" }
    /// Old files, named `<blob>-<attempt>-<number>`.
    var kept: String { path + "/kept" }
    /// The folders of the tree that we made, one path a line: the only ones we may remove.
    var ownFolders: String { path + "/folders" }

    static func keptName(_ blob: BlobID, attempt: Int64, number: Int) -> String { "\(blob)-\(attempt)-\(number)" }

    /// The blob a kept file was named after, or nil where the name is of another form (a kept link).
    static func blob(ofKeptName name: String) -> BlobID? {
        guard let dash = name.utf8.firstIndex(of: 0x2d) else { return nil }
        let hex = name[..<dash]
        return hex.utf8.count == 40 && hex.allSatisfy(\.isHexDigit) ? BlobID(String(hex)) : nil
    }

    /// The attempt a kept file was named after.
    static func attempt(ofKeptName name: String) -> Int64? {
        let parts = name.split(separator: "-")
        return parts.count == 3 ? Int64(parts[1]) : nil
    }

    static func isAttemptFolder(_ name: String) -> Bool {
        ["staged-", "revert-", "undone-"].contains { name.hasPrefix($0) }
    }

    /// Kept files with a number from here on hold what somebody else wrote in our way.
    static let firstOthersNumber = Rollout.mostNames
    /// Whether a kept file holds bytes of somebody else.
    static func holdsOthersBytes(keptName name: String) -> Bool {
        let parts = name.split(separator: "-")
        return parts.count == 3 && (Int(parts[2]) ?? 0) >= firstOthersNumber
    }
}
