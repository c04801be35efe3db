import StokerCore

/// Which environments come after which. It is checked when all of them were read: the file may name them in any order.
final class UpstreamGraph {
    private let problems: ProblemList
    private var names: [String] = []
    private var all: [Located<String>] = []
    private var upstreams: [String: [Located<String>]] = [:]

    init(_ problems: ProblemList) { self.problems = problems }

    /// An environment, and what it says under `after`. One without a name cannot be waited for.
    func add(_ name: String?, after: [Located<String>]) {
        all += after
        guard let name, upstreams[name] == nil else { return }
        names.append(name)
        upstreams[name] = after
    }

    /// Reports names that nobody has, and circles.
    func check() {
        for name in all where upstreams[name.value] == nil {
            let meant = Spelling.suggestion(for: name.value, among: names).map { ", did you mean \(quoted($0))?" }
            problems.add(name.mark, "after: there is no environment \(quoted(name.value)) in the file\(meant ?? "")")
        }
        var left = names
        while true {
            removeFree(&left)
            guard let circle = circle(in: left), let first = circle.first else { return }
            report(circle, mark(of: circle.count > 1 ? circle[1] : first, in: first))
            left.removeAll(where: circle.contains)
        }
    }

    /// Takes away what waits for nobody that is left, until nothing changes: what remains are circles and what waits for them.
    private func removeFree(_ left: inout [String]) {
        var waiting: [String: Int] = [:]
        var downstreams: [String: [String]] = [:]
        let known = Set(left)
        for name in left {
            let others = (upstreams[name] ?? []).map(\.value).filter(known.contains)
            waiting[name] = others.count
            for other in others { downstreams[other, default: []].append(name) }
        }
        var free = left.filter { waiting[$0] == 0 }
        var gone: Set<String> = []
        while let name = free.popLast() {
            gone.insert(name)
            for other in downstreams[name] ?? [] {
                let count = (waiting[other] ?? 0) - 1
                waiting[other] = count
                if count == 0 { free.append(other) }
            }
        }
        left.removeAll(where: gone.contains)
    }

    /// Each that is left waits for another that is left: whoever follows them comes to one twice.
    private func circle(in left: [String]) -> [String]? {
        let known = Set(left)
        var path: [String] = []
        var place: [String: Int] = [:]
        var next = left.first
        while let name = next {
            if let start = place[name] {
                let circle = Array(path[start...])
                // From the first of them in the file, so that the message does not depend on where the search began.
                guard let first = circle.indices.min(by: { rank(circle[$0]) < rank(circle[$1]) }) else { return nil }
                return Array(circle[first...] + circle[..<first])
            }
            place[name] = path.count
            path.append(name)
            next = upstreams[name]?.map(\.value).first(where: known.contains)
        }
        return nil
    }

    private func rank(_ name: String) -> Int { names.firstIndex(of: name) ?? .max }

    private func mark(of upstream: String, in name: String) -> Node.Mark {
        upstreams[name]?.first { $0.value == upstream }?.mark ?? Node.Mark(line: 1, column: 1)
    }

    private func report(_ circle: [String], _ mark: Node.Mark) {
        if circle.count == 1 {
            problems.add(mark, "environment \(quoted(circle[0])) cannot be after itself")
            return
        }
        let way = (circle + circle.prefix(1)).map(quoted).joined(separator: " after ")
        problems.add(mark, "no revision could ever enter: \(way)")
    }
}
