// Rollout: how a set of files becomes live, and how the old set comes back.
//
// Everything here is written for the moment the power goes. Work that can fail is done first and outside the tree
// (`stage`): new bytes are written, given their access and synced; the old files are kept by a second hard link. Then the
// caller journals the intent, and only then `publish` makes the files live, one rename each. `restore` is the exact
// inverse; it needs neither a journal row nor new space, because all it does is to rename what was kept. It announces
// itself by renaming the attempt's folder from `staged-N` to `revert-N` before it touches anything: that one name tells
// `recover`, after a crash, which way the deployment was going. So a half-done deployment is finished or taken back from
// the disk and the intent alone: offline, before Prometheus starts.
//
// A link (layout `linked`) is published as any other file: the staged thing is a symbolic link, and its rename commits
// the whole release. Only files rewritten through their inode (`keep_inode`, `single_file`) are not atomic for a reader;
// their bytes stay in the staging directory until the verdict, so that the next start can write them again.
//
// Nothing here reads a clock or decides a policy; `any Disk` is a list of system calls, so that a test can crash
// between any two of them.

/// Staging, publishing, restoring and looking at the files of one target.
public enum Rollout {
    /// The largest file that is deployed or kept, in bytes.
    public static let largestFile = 64 << 20
    /// The most names a directory of ours, or a release, may have.
    public static let mostNames = 200_000
}
