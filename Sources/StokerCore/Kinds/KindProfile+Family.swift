// The family, as observed: Prometheus 2.42, 2.53 and 3.5, Alertmanager 0.25 and 0.33, blackbox_exporter 0.23 and 0.28,
// snmp_exporter 0.21 and 0.30, and vmagent and vmalert 1.79. What each does with a good, a bad, an empty and a truncated file stands in README.md.
extension KindProfile {
    /// The profile of a kind; a generic target has its own.
    public static func of(_ kind: TargetConfiguration.Kind, generic: GenericKind? = nil) -> KindProfile {
        switch kind {
        case .prometheus: prometheus
        case .alertmanager: alertmanager
        case .blackboxExporter: blackbox
        case .snmpExporter: snmp
        case .vmagent: vmagent
        case .vmalert: vmalert
        case .generic: (generic ?? GenericKind()).profile
        }
    }

    /// Prometheus, as a server or in agent mode, which its flags tell: then there are no rules to prove.
    static let prometheus: KindProfile = {
        var profile = KindProfile(
            kind: .prometheus, product: "Prometheus", configFile: "prometheus.yml", url: "http://localhost:9090",
            readBack: .prometheus,
            checker: Checker(
                programs: ["promtool"], main: ["check", "config", "{}"], rules: ["check", "rules"], style: .promtool,
                advice: "install prometheus (it brings promtool) or set validate.program"))
        profile.reloadIsAtomic = false
        profile.startTime = .runtimeInfo
        profile.version = ("prometheus_build_info", "version")
        return profile
    }()

    static let alertmanager: KindProfile = {
        var profile = KindProfile(
            kind: .alertmanager, product: "Alertmanager", configFile: "alertmanager.yml",
            url: "http://localhost:9093", readBack: .alertmanager,
            checker: Checker(
                programs: ["amtool"], main: ["check-config", "{}"],
                advice: "install prometheus-alertmanager (it brings amtool) or set validate.program"))
        // Receivers carry passwords and tokens.
        profile.mode = 0o640
        profile.identity = "alertmanager_build_info"
        profile.configFlag = "config.file"
        profile.version = ("alertmanager_build_info", "version")
        profile.signals = Signals(
            gauge: "alertmanager_config_last_reload_successful",
            timestamp: "alertmanager_config_last_reload_success_timestamp_seconds")
        return profile
    }()

    static let blackbox: KindProfile = {
        var profile = KindProfile(
            kind: .blackboxExporter, product: "blackbox_exporter", configFile: "blackbox.yml",
            url: "http://localhost:9115", readBack: .maskedConfig(path: "/config", section: "modules"),
            checker: Checker(
                programs: ["blackbox_exporter", "prometheus-blackbox-exporter"],
                main: ["--config.check", "--config.file={}"],
                advice: "install prometheus-blackbox-exporter or set validate.program"))
        // Every path it does not know, /-/ready among them, is its front page with 200.
        profile.readyPath = "/-/healthy"
        profile.identity = "blackbox_exporter_build_info"
        profile.configFlag = "config.file"
        profile.version = ("blackbox_exporter_build_info", "version")
        profile.signals = Signals(
            gauge: "blackbox_exporter_config_last_reload_successful",
            timestamp: "blackbox_exporter_config_last_reload_success_timestamp_seconds")
        return profile
    }()

    static let snmp: KindProfile = {
        var profile = KindProfile(
            kind: .snmpExporter, product: "snmp_exporter", configFile: "snmp.yml", url: "http://localhost:9116",
            readBack: .maskedConfig(path: "/config", section: nil),
            checker: Checker(
                programs: ["snmp_exporter", "prometheus-snmp-exporter"], main: ["--dry-run", "--config.file={}"],
                advice: "install prometheus-snmp-exporter or set validate.program"))
        profile.readyPath = "/-/healthy"
        profile.identity = "snmp_exporter_build_info"
        profile.configFlag = "config.file"
        profile.version = ("snmp_exporter_build_info", "version")
        return profile
    }()

    static let vmagent: KindProfile = {
        var profile = KindProfile(
            kind: .vmagent, product: "vmagent", configFile: "prometheus.yml", url: "http://localhost:8429",
            readBack: .inlinedConfig,
            checker: Checker(
                programs: ["vmagent", "vmagent-prod"],
                main: ["-promscrape.config={}", "-promscrape.config.dryRun", "-loggerLevel=ERROR"],
                advice: "install victoria-metrics (it brings vmagent) or set validate.program"))
        profile.reloadAnswers = false
        profile.identity = "vm_promscrape_config_reloads_total"
        profile.version = ("vm_app_version", "short_version")
        profile.signals = Signals(
            gauge: "vm_promscrape_config_last_reload_successful",
            timestamp: "vm_promscrape_config_last_reload_success_timestamp_seconds", mayBeAbsent: true)
        return profile
    }()

    static let vmalert: KindProfile = {
        var profile = KindProfile(
            kind: .vmalert, product: "vmalert", configFile: nil, url: "http://localhost:8880", readBack: .rules,
            checker: Checker(
                programs: ["vmalert", "vmalert-prod"], main: [], rules: ["-dryRun", "-loggerLevel=ERROR"],
                rule: "-rule={}", advice: "install victoria-metrics (it brings vmalert) or set validate.program"))
        profile.reloadAnswers = false
        profile.identity = "vmalert_config_last_reload_total"
        profile.version = ("vm_app_version", "short_version")
        profile.signals = Signals(
            gauge: "vmalert_config_last_reload_successful",
            timestamp: "vmalert_config_last_reload_success_timestamp_seconds",
            attempts: "vmalert_config_last_reload_total")
        return profile
    }()
}
