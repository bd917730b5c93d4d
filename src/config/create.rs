//! The first config of an instance, and the token that every config must have. It must not overwrite anything.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::edit::{self, Refused};
use super::{AuthMode, Config, CredentialError, Error};
use crate::auth::Token;
use crate::instance::{Environment, Instance};

/// What a new instance starts from when no template is chosen.
const FIRST: &str = "\
// The configuration of this OpenClaw instance, in JSON5: comments and trailing commas are welcome.
{
  gateway: {
    mode: \"local\",
  },
}
";

impl Config {
    /// Reads the instance's config, and makes one with a new token when there is none. A config without a credential
    /// gets a token by an edit that keeps everything else.
    ///
    /// # Errors
    /// As [`Config::load`], and what writing may meet.
    pub fn load_or_create(instance: &Instance, environment: &Environment) -> Result<Self, Error> {
        let path = &instance.config_path;
        match Self::load(path, environment) {
            // Without writing anything, so that a file on a read-only disk will do.
            Ok(config) if config.missing_credential(environment).is_none() => return Ok(config),
            Ok(_) | Err(Error::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
        edit::locked(path, |text| {
            let new = with_credential(path, text.unwrap_or(FIRST), environment)?;
            Ok(if text.is_none() { Some(new.unwrap_or_else(|| FIRST.to_owned())) } else { new })
        })?;
        Self::load(path, environment)
    }

    /// The key below `gateway.auth` that a made-up secret belongs to, when there is none and one may be made up.
    fn missing_credential(&self, environment: &Environment) -> Option<&'static str> {
        match self.credential(environment) {
            Err(CredentialError::NoToken) => Some("token"),
            // A password is a person's to choose, but this mode never had one chosen.
            Err(CredentialError::NoPassword) if self.gateway.auth.mode == Some(AuthMode::TrustedProxy) => {
                Some("password")
            }
            Err(CredentialError::NoPassword | CredentialError::Variable { .. }) | Ok(_) => None,
        }
    }
}

/// Makes the instance's config from `text`, such as a template's, with a new token when it has no credential.
///
/// # Errors
/// [`Error::Exists`] when there is one already; as [`Config::load`] otherwise.
pub fn create(instance: &Instance, text: &str, environment: &Environment) -> Result<Config, Error> {
    let path = &instance.config_path;
    edit::locked(path, |existing| match existing {
        Some(_) => Err(Refused::Other(Error::Exists { path: path.clone() })),
        None => Ok(Some(with_credential(path, text, environment)?.unwrap_or_else(|| text.to_owned()))),
    })?;
    Config::load(path, environment)
}

/// The text with a new token in it; `None` when it needs none, or none may be made up.
fn with_credential(path: &Path, text: &str, environment: &Environment) -> Result<Option<String>, Refused> {
    let config = Config::parse(path, text, environment).map_err(Refused::Other)?;
    let Some(key) = config.missing_credential(environment) else { return Ok(None) };
    let token = Token::generate().map_err(|error| Refused::Other(error.into()))?;
    edit::set_in(text, &["gateway", "auth", key], Value::from(token.expose())).map(Some)
}

/// A warning when others may read a file that holds a secret.
pub(super) fn exposure(path: &Path, config: &Config) -> Option<String> {
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    let is_exposed = config.gateway.auth.is_inline && mode & 0o077 != 0;
    let shown = path.display();
    is_exposed.then(|| {
        format!("{shown} holds a secret and others may read it (mode {mode:o}); run: chmod 600 {shown}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Credential;
    use crate::instance::Selection;

    struct Home {
        _dir: tempfile::TempDir,
        environment: Environment,
        instance: Instance,
    }

    fn home(more: &[(&str, &str)]) -> Home {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().to_str().unwrap();
        let environment = Environment::from_pairs([("HOME", home)].into_iter().chain(more.iter().copied()));
        let instance = Instance::resolve(&Selection::default(), &environment).unwrap();
        Home { _dir: dir, environment, instance }
    }

    fn text(home: &Home) -> String {
        std::fs::read_to_string(&home.instance.config_path).unwrap()
    }

    fn write(home: &Home, text: &str) {
        std::fs::create_dir_all(&home.instance.state_dir).unwrap();
        std::fs::write(&home.instance.config_path, text).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_first_use_makes_a_private_file_with_a_token() {
        let home = home(&[]);
        let config = Config::load_or_create(&home.instance, &home.environment).unwrap();
        let Ok(Credential::Token(token)) = config.credential(&home.environment) else {
            panic!("a token is made")
        };
        assert_eq!(token.expose().len(), 48);
        assert_eq!(mode(&home.instance.config_path), 0o600);
        assert_eq!(mode(&home.instance.state_dir), 0o700);
        assert!(text(&home).starts_with("// The configuration of this OpenClaw instance"));
        assert!(text(&home).contains(token.expose()) && text(&home).contains("mode: \"local\""));
        assert_eq!(config.warnings, [""; 0]);
        let before = text(&home);
        Config::load_or_create(&home.instance, &home.environment).unwrap();
        assert_eq!(text(&home), before, "the second use changes nothing");
    }

    #[test]
    fn an_existing_file_without_a_credential_gets_one_and_keeps_the_rest() {
        let home = home(&[]);
        let old = "{\n  // mine\n  channels: { a: 1 },\n  gateway: { port: 20000, tailscale: {} },\n}\n";
        write(&home, old);
        Config::load_or_create(&home.instance, &home.environment).unwrap();
        let new = text(&home);
        assert!(new.contains("  // mine\n  channels: { a: 1 },\n"), "{new}");
        assert!(
            new.contains("port: 20000") && new.contains("tailscale: {}") && new.contains("\"token\": \""),
            "{new}"
        );
        assert_eq!(mode(&home.instance.config_path), 0o600);
    }

    #[test]
    fn no_token_is_made_where_there_is_a_credential_or_a_password_is_wanted() {
        for (old, more) in [
            ("{ gateway: { auth: { token: 'labtoken' } } }", vec![]),
            ("{ gateway: { auth: { password: 'labpass' } } }", vec![]),
            ("{ gateway: { auth: { mode: 'password' } } }", vec![]),
            ("{}", vec![("OPENCLAW_GATEWAY_TOKEN", "labtoken")]),
            ("{}", vec![("OPENCLAW_GATEWAY_TOKEN", "undefined")]),
        ] {
            let home = home(&more);
            write(&home, old);
            Config::load_or_create(&home.instance, &home.environment).unwrap();
            assert_eq!(text(&home), old);
        }
        let home = home(&[]);
        write(&home, "{ gateway: { auth: { mode: 'trusted-proxy' } } }");
        let config = Config::load_or_create(&home.instance, &home.environment).unwrap();
        assert!(matches!(config.credential(&home.environment), Ok(Credential::Password(_))));
    }

    #[test]
    fn a_broken_file_is_left_alone() {
        for broken in
            ["{ gateway: ", "{ browser: { headles: true } }", "{ gateway: { auth: { token: 'changeme' } } }"]
        {
            let home = home(&[]);
            write(&home, broken);
            assert!(Config::load_or_create(&home.instance, &home.environment).is_err());
            assert_eq!(text(&home), broken);
        }
    }

    #[test]
    fn a_template_becomes_the_config_once() {
        let home = home(&[]);
        let config =
            create(&home.instance, "// t\n{ browser: { headless: true } }\n", &home.environment).unwrap();
        assert_eq!(config.browser.headless, Some(true));
        assert!(config.credential(&home.environment).is_ok() && text(&home).starts_with("// t\n"));
        let again = create(&home.instance, "{}", &home.environment).unwrap_err();
        assert!(matches!(again, Error::Exists { .. }));
    }

    #[test]
    fn a_readable_secret_is_warned_of() {
        let home = home(&[("MY_TOKEN", "labtoken")]);
        for (text, warnings) in [
            ("{ gateway: { auth: { token: 'labtoken' } } }", 1),
            ("{ gateway: { auth: { token: '${MY_TOKEN}' } } }", 0),
        ] {
            write(&home, text);
            std::fs::set_permissions(&home.instance.config_path, std::fs::Permissions::from_mode(0o644))
                .unwrap();
            let config = Config::load(&home.instance.config_path, &home.environment).unwrap();
            assert_eq!(config.warnings.len(), warnings, "{:?}", config.warnings);
        }
    }
}
