import StokerCore

/// What a parsed target depends on.
struct ParsedKey: Hashable {
    let tree: FileTree
    let seenAt: String
    let webConfig: String?
    let folder: FolderRoles
}

extension EnvironmentHost {
    /// A target's files, understood; parsed once for each tree and view.
    func parsed(
        _ target: TargetHost, _ tree: FileTree, _ flags: ProcessFlags?, _ blobs: BlobChain? = nil
    ) throws(Failure) -> ParsedTarget {
        let view = target.view(flags)
        let folder = target.configuration.folderRoles(flags)
        let key = ParsedKey(tree: tree, seenAt: view.seenAt, webConfig: flags?.webConfigPath, folder: folder)
        if let known = parsed[target.id], known.key == key { return known.value }
        do throws(BlobUnavailable) {
            let value = try ParsedTarget(
                target.configuration, tree: tree, view: view, webConfig: flags?.webConfigPath, folder: folder,
                blobs: blobs ?? files.blobs())
            parsed[target.id] = (key, value)
            return value
        } catch {
            throw Failure(.deployFailed, .environmental, error.message)
        }
    }

    /// What is deployed now, understood; nil where nothing is, or where its bytes are gone.
    func parsedLive(_ target: TargetHost, _ inventory: Inventory, _ flags: ProcessFlags?) -> ParsedTarget? {
        if inventory.files.isEmpty { return nil }
        let known = parsed[target.id]
        defer { parsed[target.id] = known }
        parsed[target.id] = nil
        do throws(Failure) { return try parsed(target, inventory.tree, flags) } catch { return nil }
    }
}
