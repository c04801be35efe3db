import TestSupport
import Testing

/// What one pass over the points of a deployment found: printed, and failures recorded one by one.
struct Tally {
    let title: String
    let points: [CrashPoint]
    private var hits: [String: Int] = [:]
    private var counts: [(String, Int)] = []
    private(set) var failures = 0
    private let start = ContinuousClock.now

    init(_ title: String, _ points: [CrashPoint]) {
        self.title = title
        self.points = points
    }

    /// A call that was hit, and its kind as the log of that run has it.
    mutating func hit(_ kind: String) { hits[kind, default: 0] += 1 }

    mutating func count(_ what: String) {
        if let index = counts.firstIndex(where: { $0.0 == what }) {
            counts[index].1 += 1
        } else {
            counts.append((what, 1))
        }
    }

    /// A failure of the test.
    mutating func fail(_ point: CrashPoint, _ when: String, _ broken: [String], _ context: String = "") {
        failures += 1
        Issue.record("\(title): at \(point): \(when): \(broken.joined(separator: "; "))\n\(context)")
    }

    /// Prints the counts; every kind of the selection must have been hit.
    func close() {
        let missed = Set(points.map(\.kind)).subtracting(hits.keys).sorted()
        let total = hits.values.reduce(0, +)
        let details = counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
        print(
            "\(title): \(total) calls hit, of \(hits.count) kinds; \(details); \(failures) failures; "
                + "\((ContinuousClock.now - start).components.seconds) s")
        if !missed.isEmpty { Issue.record("\(title): never hit: \(missed.joined(separator: ", "))") }
    }
}
