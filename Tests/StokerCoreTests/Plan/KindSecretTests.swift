import StokerCore
import Testing
import YAML

/// Secrets of every kind's file are masked before anybody reads a diff.
@Suite struct KindSecretTests {
    @Test(arguments: [
        "global: {slack_api_url: 'http://h/tell', smtp_auth_password: tell}",
        "receivers: [{name: a, webhook_configs: [{url: 'http://h/tell'}], telegram_configs: [{bot_token: tell}]}]",
        "receivers: [{name: a, pagerduty_configs: [{routing_key: tell, service_key: tell}]}]",
        "receivers: [{name: a, pushover_configs: [{user_key: tell, token: tell}], sns_configs: [{sigv4: {secret_key: tell}}]}]",
        "receivers: [{name: a, opsgenie_configs: [{api_key: tell}], wechat_configs: [{api_secret: tell}]}]",
        "receivers: [{name: a, victorops_configs: [{api_key: tell}], slack_configs: [{api_url: 'http://h/tell'}]}]",
        "modules: {a: {http: {basic_auth: {username: u, password: tell}, bearer_token: tell, headers: {Authorization: tell}}}}",
        "if_mib: {auth: {community: tell, password: tell, priv_password: tell}}",
        "auths: {public: {community: tell, version: 2}}",
        "scrape_configs: [{job_name: a, oauth2: {client_secret: tell}, authorization: {credentials: tell}}]",
    ])
    func nothingIsTold(_ text: String) throws {
        let bytes = Array(text.utf8)
        let masked = SecretMask.masked(bytes, document: try YAML.parse(bytes))
        #expect(!String(decoding: masked, as: UTF8.self).contains("tell"))
    }
}
