extension Rollout {
    /// What a finished publication or restoration left.
    public struct Result: Hashable, Sendable {
        /// The files that are ours now, with fresh stamps.
        public var inventory: Inventory
        /// Absolute paths of kept bytes that somebody wrote between staging and now; they were in the way.
        public var saved: [String]

        /// A result with its parts.
        public init(inventory: Inventory, saved: [String] = []) {
            self.inventory = inventory
            self.saved = saved
        }
    }

    /// Makes the staged files live: included files, the main file, deletions, one rename each; then syncs every folder
    /// that was touched. When it throws, some files may be live already: call `restore`.
    public static func publish(_ intent: DeploymentIntent, disk: any Disk) throws(DiskError) -> Result {
        var publication = Publication(intent: intent, disk: disk, again: false)
        return try publication.run()
    }

    /// Takes back what was published of an attempt, in the opposite order. May be called at any time until `settle`,
    /// also after a publication that failed, and again after a restoration that failed.
    public static func restore(_ intent: DeploymentIntent, disk: any Disk) throws(DiskError) -> Result {
        var restoration = Restoration(intent: intent, disk: disk)
        return try restoration.run()
    }
}
