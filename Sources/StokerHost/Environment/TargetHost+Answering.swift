import StokerCore

extension TargetHost {
    /// Why the process does not see what was written, where only its port tells which one it is; nil where it does, or
    /// where nobody can tell.
    /// - Parameter start: what it says of its start.
    func blindness(since start: String, _ paths: [String]) async -> String? {
        guard let process = await answering(since: start) else { return nil }
        let flags: ProcessFlags
        switch configuration.kind {
        case .prometheus, .vmagent, .vmalert:
            guard let known = rememberedFlags else { return nil }
            flags = known
        case .alertmanager, .blackboxExporter, .snmpExporter, .generic:
            guard let flag = configuration.profile.configFlag, let path = process.path(after: flag) else { return nil }
            flags = ProcessFlags(configFile: path)
        }
        return Sight(pid: process.pid, container: nil).blindness(
            of: process, view(flags), place, main: main(flags), paths: paths)
    }

    /// Our main file, and the path that the process reads; nil where it does not say, as relative to a folder it hides.
    private func main(_ flags: ProcessFlags) -> (path: String, read: String)? {
        let read = SeenPath.absolute(flags.configFile, in: flags.workingDirectory)
        guard let main = configuration.configFile, !flags.configFile.isEmpty, read.hasPrefix("/") else { return nil }
        return (main, read)
    }

    private func answering(since start: String) async -> AnsweringProcess? {
        if let answering, answering.start == start { return answering.process }
        var process: AnsweringProcess?
        do throws(PrometheusError) {
            if let seconds = try await client.processStart() {
                process = await AnsweringProcess.find(at: configuration.url, since: seconds)
            }
        } catch {
            // Asked again at the next look.
            return nil
        }
        answering = (start, process)
        return process
    }
}
