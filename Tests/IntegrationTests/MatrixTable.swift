import Foundation
import TestSupport
import Testing

// The two matrices. A fault is a way to be told "it is loaded" by a process that does not serve what was pushed, or that is
// harmed by it: none may be called verified, and the message names the cause. A healthy change looks odd and is fine: none
// may be taken back. Each row names the test that proves it against real processes; cases of the Matrix suites carry the
// row's name, others existed before the table and are not repeated.

/// Every fault and every healthy change, with its test.
enum MatrixTable {
    /// Which of the two matrices.
    enum Kind: String, Sendable { case fault, healthy }

    /// A row.
    struct Row: Sendable {
        /// What happens.
        let name: String
        /// `Suite.function`.
        let test: String

        /// A case by this name is in a Matrix suite.
        var isOfMatrix: Bool { test.hasPrefix("Matrix") }

        init(_ name: String, _ test: String) { (self.name, self.test) = (name, test) }
    }

    static func rows(_ kind: Kind) -> [Row] { kind == .fault ? faults : healthy }

    static let faults = [
        Row("half-applied reload: 500, new jobs, old rules", "RollbackTests.failedReload"),
        Row("half-applied reload, explained by the log alone", "SightTests.quotedLog"),
        Row("empty or comment-only main file", "RefusalTests.emptyMainFile"),
        Row("main file that is gone", "RefusalTests.mainFileGone"),
        Row("main file truncated after its global section", "MatrixFaultTests.refused"),
        Row("main file truncated before its first job", "MatrixFaultTests.refused"),
        Row("main file truncated within a job", "MatrixFaultTests.refused"),
        Row("rule file truncated after its first line", "MatrixFaultTests.refused"),
        Row("file_sd file truncated", "MatrixFaultTests.refused"),
        Row("glob that matches nothing", "RefusalTests.globTypo"),
        Row("missing explicit rule file", "RefusalTests.missingRuleFile"),
        Row("empty rule file", "RefusalTests.emptyRuleFile"),
        Row("relabelling that drops every target", "RollbackTests.noCheck"),
        Row("CA that is missing on the host", "RefusalTests.missingCA"),
        Row("file_sd pattern that finds none of its files any more", "MatrixFaultTests.refused"),
        Row("relabelling that drops every target of a new job", "MatrixFaultTests.live"),
        Row("a bad change right after another was taken back", "MatrixFaultTests.live"),
        Row("password_file that is missing on the host", "MatrixFaultTests.refused"),
        Row("client certificate that is missing on the host", "MatrixFaultTests.refused"),
        Row("CA that only the process cannot see: the job is silently absent", "MatrixFaultTests.live"),
        Row("CA file without a certificate in it", "MatrixFaultTests.live"),
        Row("discovery that cannot start", "MatrixFaultTests.live"),
        Row("password_file that only the process cannot see: the job is down", "MatrixFaultTests.live"),
        Row("all Alertmanagers lost to relabelling", "MatrixFaultTests.live"),
        Row("rule that joins many to many", "ComparisonTests.brokenRule"),
        Row("storm of alerts", "ComparisonTests.storm"),
        Row("reload command that reloads nothing", "MatrixFaultTests.nothingReloaded"),
        Row("reload that reaches another process", "SightTests.wrongPort"),
        Row("process that restarts twice", "MatrixFaultTests.restartsTwice"),
        Row(
            "rollback that kills the process: a queue kept before one whose CA is bad",
            "MatrixFaultTests.deadlyRollback"),
        Row("configuration the process dies of", "RollbackTests.deadlyConfig"),
        Row("second writer", "SightTests.secondWriter"),
        Row("pinned inode, told by the process", "LayoutTests.pinnedInode"),
        Row("pinned inode in a container", "SightTests.pinned"),
        Row("container that mounts another folder", "SightTests.otherFolder"),
        Row("mounted folder that was replaced", "SightTests.staleFolder"),
        Row("two instances behind one url", "SightTests.twoInstances"),
        Row("another container was restarted", "ContainerTests.wrongContainer"),
        Row("container that dies of its next start", "ContainerTests.restart"),
        Row("crash-looping container", "MatrixContainerTests.crashLoop"),
        Row("alertmanager that reads another file", "MatrixFamilyTests.elsewhere"),
        Row("blackbox_exporter that reads another file", "MatrixFamilyTests.elsewhere"),
        Row("snmp_exporter that reads another file", "MatrixFamilyTests.elsewhere"),
        Row("vmagent that reads another file", "MatrixFamilyTests.elsewhere"),
        Row("vmalert that reads another folder", "MatrixFamilyTests.elsewhere"),
        Row("agent that reads another file", "MatrixFamilyTests.elsewhere"),
        Row("every relative that reads another file: password only", "MatrixFamilyTests.elsewhere"),
        Row("alertmanager whose default receiver is gone", "MatrixFamilyTests.lies"),
        Row("vmagent: 200 with the old configuration", "MatrixFamilyTests.lies"),
        Row("vmalert: 200 with bad rules", "MatrixFamilyTests.lies"),
        Row("snmp_exporter emptied", "MatrixFamilyTests.emptied"),
        Row("blackbox_exporter truncated", "MatrixFamilyTests.emptied"),
        Row("vmagent emptied", "MatrixFamilyTests.emptied"),
        Row("vmalert emptied", "MatrixFamilyTests.emptied"),
        Row("alertmanager truncated", "MatrixFamilyTests.emptied"),
    ]

    static let healthy = [
        Row("slow reload: two thousand rules", "MatrixHealthyTests.rules"),
        Row("reload slower than its time-out", "DownTests.slowReload"),
        Row("another job's target goes down beside it", "ComparisonTests.besides"),
        Row("check that was red before", "RollbackTests.redBefore"),
        Row("flapping target, and a change of its job", "MatrixHealthyTests.flapping"),
        Row("flapping target, and a change of rules", "MatrixHealthyTests.flapping"),
        Row("Alertmanager pair reloading one by one", "MatrixFamilyTests.healthy"),
        Row("a group is renamed", "MatrixHealthyTests.rules"),
        Row("a rule file is moved", "MatrixHealthyTests.rules"),
        Row("a rule file is removed", "MatrixHealthyTests.rules"),
        Row("all alerts of a file become records", "MatrixHealthyTests.rules"),
        Row("comments and blank lines only", "MatrixHealthyTests.rules"),
        Row("a few alerts fire at once", "ComparisonTests.storm"),
        Row("a job is added", "MatrixHealthyTests.scraping"),
        Row("a job is added whose target is down", "MatrixHealthyTests.scraping"),
        Row("a job is removed", "MatrixHealthyTests.scraping"),
        Row("a job is renamed", "MatrixHealthyTests.scraping"),
        Row("file_sd only", "MatrixHealthyTests.scraping"),
        Row("all targets of a file_sd emptied on purpose", "MatrixHealthyTests.scraping"),
        Row("password only", "MatrixHealthyTests.scraping"),
        Row("scrape interval", "MatrixHealthyTests.scraping"),
        Row("global label", "MatrixHealthyTests.scraping"),
        Row("all Alertmanagers taken out on purpose", "MatrixHealthyTests.scraping"),
        Row("remote_write added whose receiver is dead", "MatrixHealthyTests.scraping"),
        Row("relabelling that drops some targets", "MatrixHealthyTests.scraping"),
        Row("web configuration", "MatrixHealthyTests.webConfig"),
        Row("file_sd in a release that is flipped in", "MatrixHealthyTests.flipped"),
        Row("one restart within the window", "DownTests.killedAndBack"),
        Row("Prometheus under load", "MatrixHealthyTests.underLoad"),
        Row("keep_inode: a mounted file is rewritten", "SightTests.pinned"),
        Row("alertmanager: receiver added", "MatrixFamilyTests.healthy"),
        Row("alertmanager: template changed", "MatrixFamilyTests.healthy"),
        Row("blackbox_exporter: module added", "MatrixFamilyTests.healthy"),
        Row("snmp_exporter: module added", "MatrixFamilyTests.healthy"),
        Row("vmagent: job added", "MatrixFamilyTests.healthy"),
        Row("vmalert: group added", "MatrixFamilyTests.healthy"),
        Row("agent: job added", "MatrixFamilyTests.healthy"),
        Row("every relative: comment only", "MatrixFamilyTests.healthy"),
        Row("every relative: password only", "MatrixFamilyTests.healthy"),
    ]
}

/// The table against the tests there are.
@Suite("The matrices")
struct MatrixTableTests {
    @Test("at least 20 faults and 20 healthy changes are listed, each once, and each named test exists")
    func complete() throws {
        for kind in [MatrixTable.Kind.fault, .healthy] {
            let rows = MatrixTable.rows(kind)
            #expect(rows.count >= 20)
            #expect(Set(rows.map(\.name)).count == rows.count)
            for row in rows {
                let parts = row.test.split(separator: ".")
                let path = "\(Programs.repository)/Tests/IntegrationTests/\(parts[0]).swift"
                let text = try #require(Files.read(path), "\(row.name): \(path) is not there")
                let match = text.firstMatch(of: try Regex("@Test[^@]*?\\n    func \(parts[1])\\("))
                #expect(match != nil, "\(row.name): there is no test \(row.test)")
                if row.isOfMatrix {
                    #expect(text.contains("\"\(row.name)\""), "\(row.name): \(parts[0]) has no case of that name")
                }
            }
        }
        print("matrix: \(MatrixTable.faults.count) faults and \(MatrixTable.healthy.count) healthy changes are listed")
    }
}
