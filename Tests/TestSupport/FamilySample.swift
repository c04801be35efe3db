/// Small configurations of the relatives.
public enum FamilySample {
    /// Two receivers; a webhook whose address is a secret.
    public static func alertmanager(receiver: String = "pager", waits: String = "30s") -> String {
        """
        # who is woken
        global:
          resolve_timeout: 60s
          smtp_auth_password: hunter2secret
        templates: ["templates/*.tmpl"]
        route:
          receiver: default
          group_wait: \(waits)
          routes:
            - receiver: \(receiver)
              matchers: ['severity="critical"']
              continue: true
            - receiver: default
              matchers: ['team=~"a|b"']
        receivers:
          - name: default
          - name: \(receiver)
            webhook_configs: [{url: "http://127.0.0.1:1/secret-path"}]
        inhibit_rules:
          - source_matchers: ['severity="critical"']
            target_matchers: ['severity="warning"']
            equal: [instance]

        """
    }

    /// A template that receivers may use.
    public static let template = "{{ define \"ops.text\" }}ops{{ end }}\n"

    /// Modules of blackbox_exporter.
    public static func blackbox(module: String = "http_2xx", method: String = "GET") -> String {
        """
        # probes
        modules:
          \(module):
            prober: http
            timeout: 60s
            http:
              method: \(method)
              basic_auth: {username: probe, password: hunter2secret}
          tcp_connect: {prober: tcp}

        """
    }

    /// Modules of snmp_exporter: 0.21 has them at the top, with what they sign on with; later ones below `modules`.
    public static func snmp(
        module: String = "if_mib", retries: Int = 3, _ release: Programs.FamilyRelease = .installed
    ) -> String {
        if release == .latest {
            return """
                # what to walk
                auths:
                  public: {community: hunter2secret, version: 2}
                modules:
                  system:
                    walk: [1.3.6.1.2.1.1]
                  \(module):
                    walk: [1.3.6.1.2.1.2]
                    max_repetitions: 25
                    retries: \(retries)
                    timeout: 60s
                    metrics:
                      - {name: ifIndex, oid: 1.3.6.1.2.1.2.2.1.1, type: gauge, help: x}

                """
        }
        return """
            # what to walk
            \(module):
              walk: [1.3.6.1.2.1.2]
              max_repetitions: 25
              retries: \(retries)
              timeout: 60s
              auth: {community: hunter2secret}
              metrics:
                - {name: ifIndex, oid: 1.3.6.1.2.1.2.2.1.1, type: gauge, help: x, indexes: [{labelname: ifIndex, type: gauge}]}
            system:
              walk: [1.3.6.1.2.1.1]
              auth: {community: other}

            """
    }

    /// Jobs of vmagent, or of a Prometheus in agent mode.
    public static func jobs(_ job: String = "self", interval: String = "60s") -> String {
        """
        # what to scrape
        global: {scrape_interval: \(interval)}
        scrape_configs:
          - job_name: \(job)
            basic_auth: {username: scraper, password: hunter2secret}
            static_configs: [{targets: ["127.0.0.1:1"]}]

        """
    }

    /// A file of rules for vmalert.
    public static func rules(_ alert: String = "Down", expr: String = "up == 0") -> String {
        """
        groups:
          - name: group
            interval: 1s
            rules:
              - {alert: \(alert), expr: '\(expr)', for: 5m, labels: {severity: page}, annotations: {summary: "down: {{ $labels.job }}"}}
              - {record: "job:up", expr: "sum  by (job) (up)"}

        """
    }
}
