//! The ready-made instance configurations of the `profiles` folder, embedded. It must not write them anywhere.

/// A ready-made configuration that `setup --from` starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its name: the file's, without the ending.
    pub name: &'static str,
    /// The JSON5 text, without any secret.
    pub text: &'static str,
}

/// Every template, the simplest first.
pub const ALL: [Template; 5] = [
    Template { name: "main", text: include_str!("../../profiles/main.json5") },
    Template { name: "rescue", text: include_str!("../../profiles/rescue.json5") },
    Template { name: "remote-chrome", text: include_str!("../../profiles/remote-chrome.json5") },
    Template { name: "hosted-cdp", text: include_str!("../../profiles/hosted-cdp.json5") },
    Template { name: "ci", text: include_str!("../../profiles/ci.json5") },
];

/// The template of a name, with or without the ending `.json5`.
#[must_use]
pub fn named(name: &str) -> Option<Template> {
    let name = name.strip_suffix(".json5").unwrap_or(name);
    ALL.into_iter().find(|template| template.name == name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, CredentialError, GatewayMode, ports};
    use crate::instance::{Environment, Instance, Selection};

    fn environment() -> Environment {
        Environment::from_pairs([("HOME", "/home/ann"), ("HOSTED_CDP_KEY", "key-1")])
    }

    fn parse(template: Template) -> Config {
        Config::parse(Path::new("/c/openclaw.json"), template.text, &environment()).unwrap()
    }

    #[test]
    fn each_is_valid_complete_and_without_secrets() {
        let instance = Instance::resolve(&Selection::default(), &environment()).unwrap();
        for template in ALL {
            let config = parse(template);
            assert_eq!(config.warnings, [""; 0], "{}", template.name);
            assert_eq!(config.gateway.mode, Some(GatewayMode::Local), "{}", template.name);
            assert_eq!(config.credential(&environment()).unwrap_err(), CredentialError::NoToken);
            ports(None, &environment(), &config, &instance).unwrap();
            assert!(template.text.starts_with("//") && template.text.ends_with("}\n"), "{}", template.name);
        }
    }

    #[test]
    fn each_does_what_it_is_for() {
        let config = |name| parse(named(name).unwrap());
        assert_eq!(config("main").gateway.port, Some(18789));
        assert_eq!(config("rescue.json5").gateway.port, Some(19789));
        for (name, profile) in [("remote-chrome", "remote"), ("hosted-cdp", "hosted")] {
            let config = config(name);
            assert_eq!(config.browser.default_profile, profile);
            assert!(config.browser.profiles[0].is_remote());
        }
        let hosted = config("hosted-cdp").browser.profiles[0].cdp_url.clone().unwrap();
        assert!(hosted.contains("key-1"));
        let ci = config("ci");
        assert!(ci.browser.no_sandbox && ci.browser.headless == Some(true) && !ci.canvas_host.enabled);
        assert_eq!(named("nope"), None);
    }
}
