import StokerCore

extension TargetConfiguration {
    /// What tells the role of files that no main file names, for this kind and with what the process says of itself.
    func folderRoles(_ flags: ProcessFlags?) -> FolderRoles {
        switch kind {
        case .prometheus: .rules
        case .vmalert: FolderRoles(rest: .rulesByName(flags?.ruleFiles))
        case .alertmanager, .blackboxExporter, .snmpExporter, .vmagent: FolderRoles(rest: .other)
        case .generic: FolderRoles(rest: .other, live: SourceFeed.globs(generic?.live ?? []))
        }
    }
}
