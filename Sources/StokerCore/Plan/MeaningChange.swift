/// One line of a plan by meaning, spelled as in `plan -o json`.
public struct MeaningChange: Hashable, Codable, Sendable {
    /// What changes.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case alert
        case recordingRule = "recording_rule"
        case ruleGroup = "rule_group"
        case scrapeJob = "scrape_job"
        case alertmanager
        case receiver
        case route
    }

    /// How it changes.
    public enum Change: String, Hashable, Codable, Sendable, CaseIterable { case add, remove, change, move }

    /// What changes.
    public let kind: Kind
    /// How it changes.
    public let change: Change
    /// The new name; the old one of what is removed.
    public let name: String
    /// Where it is after the change; where it was, for what is removed.
    public let file: String
    /// What a person should know: which fields change, where it came from, whether a firing alert loses its state.
    /// Empty where there is nothing to add. Never a secret, never a whole value of a file.
    public let note: String

    /// One line.
    public init(kind: Kind, change: Change, name: String, file: String, note: String = "") {
        self.kind = kind
        self.change = change
        self.name = name
        self.file = file
        self.note = note
    }

    /// The same with its file below a folder (`.` for the root).
    public func placed(under folder: String) -> MeaningChange {
        MeaningChange(kind: kind, change: change, name: name, file: RelativePath.join(folder, file), note: note)
    }
}
