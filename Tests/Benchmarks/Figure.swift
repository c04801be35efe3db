import Foundation

/// One line of the report: a JSON object with its keys in alphabetical order.
struct Figure: Encodable {
    /// What was measured.
    let figure: String
    /// The unit of the values; `ratio` has none.
    let unit: String
    let median: Double
    let minimum: Double
    let maximum: Double
    /// How many values the median is of.
    let runs: Int
    /// How many files the environment had, where that matters.
    let files: Int?
    /// How many rules, where that matters.
    let rules: Int?
    /// What it should be, in words; absent where nothing is aimed at.
    let aim: String?

    /// The median of some values, of which there is at least one.
    init(
        _ figure: String, _ values: [Double], _ unit: Unit, files: Int? = nil, rules: Int? = nil, aim: String? = nil
    ) {
        precondition(!values.isEmpty, "\(figure) was not measured")
        let sorted = values.sorted()
        self.figure = figure
        self.unit = unit.rawValue
        median = Self.rounded(Self.median(sorted))
        minimum = Self.rounded(sorted[0])
        maximum = Self.rounded(sorted[sorted.count - 1])
        runs = sorted.count
        self.files = files
        self.rules = rules
        self.aim = aim
    }

    /// Prints the line at once: a benchmark takes minutes.
    func report() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        FileHandle.standardOutput.write(try encoder.encode(self) + Data("\n".utf8))
    }

    /// The middle of values in ascending order.
    static func median(_ sorted: [Double]) -> Double {
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// To a thousandth: more digits are noise.
    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    /// What values are counted in.
    enum Unit: String {
        case milliseconds = "ms"
        case microsecondsPerFile = "us_per_file"
        case megabytes = "MB"
        case descriptors
        case count
        case ratio
    }
}
