extension Rollout {
    /// Writes and syncs all new files beside the tree, keeps the old ones by hard link, and returns what to journal.
    /// Nothing live changes; on failure everything staged is removed again. Staging an attempt twice starts over.
    public static func stage(
        _ request: DeploymentRequest, blobs: any Blobs, disk: any Disk
    ) throws(StageError) -> DeploymentIntent {
        let chosen: String
        do throws(DeployRefusal) {
            try DeployPreflight(request: request, disk: disk).check()
            chosen = try chooseStaging(request, disk: disk).path
        } catch {
            throw .refused(error)
        }
        let area = StagingArea(path: chosen)
        do throws(StageError) {
            try prepare(area, request, disk)
            var staging = Staging(request: request, area: area, blobs: blobs, disk: disk)
            let intent = try staging.run()
            try finish(area, request, disk)
            return intent
        } catch {
            // The first failure is the one to report. What cannot be removed now is removed by the next settle.
            do { try discard(attempt: request.attempt, place: request.place, staging: chosen, disk: disk) } catch {}
            throw error
        }
    }

    /// Removes what an attempt staged that will not be published.
    public static func discard(
        attempt: Int64, place: DeployPlace, staging: String, disk: any Disk
    ) throws(DiskError) {
        let area = StagingArea(path: staging)
        try disk.removeTree(area.staged(attempt))
        if try disk.exists(area.kept) {
            for name in try disk.list(area.kept, limit: mostNames)
            where StagingArea.attempt(ofKeptName: name) == attempt
                && !StagingArea.holdsOthersBytes(keptName: name)
            {
                try disk.unlink(area.kept + "/" + name)
            }
        }
        if place.layout == .linked, try disk.exists(place.releasesDirectory) {
            // Whatever the number says: what the link names is being served.
            let isLink = try disk.status(place.root)?.kind == .link
            let live = isLink ? place.release(ofLinkText: try disk.readLink(place.root)) : nil
            for name in try disk.list(place.releasesDirectory, limit: mostNames)
            where DeployPlace.isReleaseName(name) && name.hasSuffix("-\(attempt)") && name != live {
                try disk.removeTree(place.releasesDirectory + "/" + name)
            }
        }
    }

    private static func prepare(
        _ area: StagingArea, _ request: DeploymentRequest, _ disk: any Disk
    ) throws(StageError) {
        do throws(DiskError) {
            if request.place.layout == .linked {
                // The process must be able to pass through it, as through the folder beside it.
                let parent = try disk.status(request.place.parent)
                try disk.makeFolders(
                    request.place.releasesDirectory, permissions: (parent?.permissions ?? 0o755) & 0o777)
            }
            if request.place.layout == .inPlace, DiskPath.parent(area.path) == request.place.root,
                try !disk.exists(request.place.root)
            {
                // A root that does not exist cannot be staged in before it is made; an empty folder harms nobody.
                let parent = try disk.status(request.place.parent)
                try disk.makeFolders(request.place.root, permissions: (parent?.permissions ?? 0o755) & 0o777)
            }
            try disk.makeFolders(area.path, permissions: 0o700)
            try disk.makeFolders(area.kept, permissions: 0o700)
            try discard(
                attempt: request.attempt, place: request.place, staging: area.path, disk: disk)
            try disk.makeDirectory(area.staged(request.attempt), permissions: 0o700)
        } catch {
            throw .disk(error)
        }
    }

    /// From here on a power cut keeps all that was staged: only then may the intent be journaled.
    private static func finish(
        _ area: StagingArea, _ request: DeploymentRequest, _ disk: any Disk
    ) throws(StageError) {
        do throws(DiskError) {
            try disk.syncDirectory(area.staged(request.attempt))
            try disk.syncDirectory(area.kept)
            try disk.syncDirectory(area.path)
        } catch {
            throw .disk(error)
        }
    }
}
