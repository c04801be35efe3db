/// Which Stoker this is: for `--version`, logs and what servers are told.
public enum StokerVersion {
    /// Major, minor, patch.
    public static let text = "0.1.0"
}
