/// Sizes as Prometheus spells them.
public enum SizeText {
    /// Bytes of `15MB`, `1KiB`, `512B` (powers of 1024, as Prometheus counts); nil where the text is no size.
    public static func bytes(_ text: String) -> Double? {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) || $0 == 0x2e }
        guard !digits.isEmpty, let number = Double(String(decoding: digits, as: UTF8.self)) else { return nil }
        var unit = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self).uppercased()
        if unit.hasSuffix("IB") { unit = unit.dropLast(2) + "B" }
        let powers = ["B": 0, "KB": 1, "MB": 2, "GB": 3, "TB": 4, "PB": 5, "EB": 6]
        guard let power = powers[unit] else { return nil }
        return (0..<power).reduce(number) { size, _ in size * 1024 }
    }

    /// The same spelling for a number of bytes: exact, in the largest unit that allows it.
    public static func text(_ bytes: Int) -> String {
        var (number, unit) = (bytes, 0)
        let units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"]
        while number >= 1024, number % 1024 == 0, unit + 1 < units.count {
            number /= 1024
            unit += 1
        }
        return "\(number)\(units[unit])"
    }
}
