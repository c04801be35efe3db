/// All that is needed to publish, restore or recover one deployment: one row of the journal, written after `stage` and
/// before `publish`. It authorises its own restore.
public struct DeploymentIntent: Codable, Hashable, Sendable {
    /// Whose files they are.
    public let target: Target.ID
    /// Number of the attempt; part of the names of all that is staged and kept.
    public let attempt: Int64
    /// Where they are deployed.
    public let place: DeployPlace
    /// The staging directory that was chosen, absolute.
    public let staging: String
    /// In the order of publishing: included files, the main file, deletions. Restoring goes backwards, so that whatever
    /// main file is live finds the files it names.
    public let operations: [Operation]
    /// What was ours when the attempt was staged.
    public let inventoryBefore: Inventory
    /// Every file whose entry or stamp is another after the deployment, also those that needed no write.
    public let deployed: [String: Inventory.File]
    /// Paths that leave the inventory.
    public let removed: [String]
    /// Bytes we had not written and are about to replace; each was copied first.
    public let displaced: [DisplacedFile]
    /// `linked`: the release that becomes live, and the one that was.
    public let release: String?
    /// `linked`: the release that was live, nil where none was.
    public let releaseBefore: String?

    /// A value with its parts.
    public init(
        target: Target.ID, attempt: Int64, place: DeployPlace, staging: String, operations: [Operation],
        inventoryBefore: Inventory, deployed: [String: Inventory.File], removed: [String],
        displaced: [DisplacedFile] = [],
        release: String? = nil, releaseBefore: String? = nil
    ) {
        self.target = target
        self.attempt = attempt
        self.place = place
        self.staging = staging
        self.operations = operations
        self.inventoryBefore = inventoryBefore
        self.deployed = deployed
        self.removed = removed
        self.displaced = displaced
        self.release = release
        self.releaseBefore = releaseBefore
    }

    /// The inventory once everything is published, with the stamps of staging.
    public var inventoryAfter: Inventory {
        var after = inventoryBefore
        for path in removed { after.files[path] = nil }
        after.files.merge(deployed) { $1 }
        return after
    }

    /// Whether publishing changes nothing on disk.
    public var isEmpty: Bool { operations.isEmpty }
}

/// A file that stood where we deploy, with bytes we had not put there.
public struct DisplacedFile: Codable, Hashable, Sendable {
    /// Relative to the tree.
    public let path: String
    /// The bytes that were found.
    public let blob: BlobID
    /// Where the copy is, absolute.
    public let copy: String

    /// A value with its parts.
    public init(path: String, blob: BlobID, copy: String) {
        self.path = path
        self.blob = blob
        self.copy = copy
    }
}
