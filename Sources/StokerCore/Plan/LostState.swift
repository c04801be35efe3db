/// The warning that an alert which fires now will not go on firing. Prometheus keeps an alert's state by file path,
/// group name, alert name and labels; expression, `for` and annotations may change without losing it.
enum LostState {
    static func moved(waits: Bool) -> String {
        "\(consequence(waits: waits)) (rule state is keyed by file path and group name)"
    }

    static func relabelled(waits: Bool) -> String {
        "\(consequence(waits: waits)) (rule state is keyed by the alert's name and labels)"
    }

    static func group(alerts: Int, anyWaits: Bool) -> String {
        "\(alerts) \(alerts == 1 ? "alert" : "alerts"): \(moved(waits: anyWaits))"
    }

    /// Without `for` there is no pending: the alert fires again at the next evaluation, as a new one.
    private static func consequence(waits: Bool) -> String {
        waits ? "a firing alert would go back to pending" : "a firing alert would start anew"
    }
}
