//! Which secret guards this instance: the environment's, else the file's. It must not make one up.

use super::{AuthMode, Config};
use crate::auth::{Credential, Token, TokenError};
use crate::instance::Environment;

/// Why no secret can guard the instance; a gateway must not listen then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Token mode without a token.
    #[error(
        "gateway auth is set to token, but no token is configured; set gateway.auth.token or OPENCLAW_GATEWAY_TOKEN"
    )]
    NoToken,
    /// Password mode without a password.
    #[error(
        "gateway auth is set to password, but no password is configured; set gateway.auth.password or OPENCLAW_GATEWAY_PASSWORD"
    )]
    NoPassword,
    /// The environment's secret is none.
    #[error("{variable}: {error}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// What is wrong with it.
        error: TokenError,
    },
}

impl Config {
    /// The secret that guards this instance and how callers send it. `OPENCLAW_GATEWAY_TOKEN` and
    /// `OPENCLAW_GATEWAY_PASSWORD` win over the file; the mode is the file's, else that of the only secret there is.
    ///
    /// # Errors
    /// [`CredentialError`] when there is none: fail closed.
    pub fn credential(&self, environment: &Environment) -> Result<Credential, CredentialError> {
        let token =
            of_variable(environment, "OPENCLAW_GATEWAY_TOKEN")?.or_else(|| self.gateway.auth.token.clone());
        let password = of_variable(environment, "OPENCLAW_GATEWAY_PASSWORD")?
            .or_else(|| self.gateway.auth.password.clone());
        let wants_password = match self.gateway.auth.mode {
            Some(AuthMode::Password | AuthMode::TrustedProxy) => true,
            Some(AuthMode::Token | AuthMode::None) => false,
            None => token.is_none() && password.is_some(),
        };
        if wants_password {
            password.map(Credential::Password).ok_or(CredentialError::NoPassword)
        } else {
            token.map(Credential::Token).ok_or(CredentialError::NoToken)
        }
    }
}

fn of_variable(environment: &Environment, variable: &'static str) -> Result<Option<Token>, CredentialError> {
    let read = |text| Token::parse(text).map_err(|error| CredentialError::Variable { variable, error });
    environment.get(variable).map(read).transpose()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// `token:x`, `password:x` or the error.
    fn credential(auth: &str, pairs: &[(&str, &str)]) -> String {
        let environment = Environment::from_pairs(pairs.iter().copied());
        let text = format!("{{ gateway: {{ auth: {auth} }} }}");
        let config = Config::parse(Path::new("/c/openclaw.json"), &text, &environment).unwrap();
        match config.credential(&environment) {
            Ok(Credential::Token(token)) => format!("token:{}", token.expose()),
            Ok(Credential::Password(password)) => format!("password:{}", password.expose()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_mode_chooses_and_the_environment_wins() {
        let token = ("OPENCLAW_GATEWAY_TOKEN", "env-t");
        let password = ("OPENCLAW_GATEWAY_PASSWORD", "env-p");
        for (auth, pairs, expected) in [
            ("{ token: 'file-t' }", vec![], "token:file-t"),
            ("{ token: 'file-t' }", vec![token], "token:env-t"),
            ("{ password: 'file-p' }", vec![], "password:file-p"),
            ("{ token: 'file-t', password: 'file-p' }", vec![], "token:file-t"),
            ("{ mode: 'password', token: 'file-t', password: 'file-p' }", vec![], "password:file-p"),
            ("{ mode: 'password', password: 'file-p' }", vec![token, password], "password:env-p"),
            ("{ mode: 'none', token: 'file-t' }", vec![], "token:file-t"),
            ("{ mode: 'trusted-proxy', password: 'file-p' }", vec![], "password:file-p"),
            ("{ token: '${MY_TOKEN}' }", vec![("MY_TOKEN", "from-env")], "token:from-env"),
        ] {
            assert_eq!(credential(auth, &pairs), expected, "{auth} {pairs:?}");
        }
        for (auth, pairs, start) in [
            ("{}", vec![], "gateway auth is set to token, but no token"),
            ("{ mode: 'token', password: 'file-p' }", vec![], "gateway auth is set to token"),
            ("{ mode: 'password', token: 'file-t' }", vec![token], "gateway auth is set to password"),
            (
                "{ token: 'file-t' }",
                vec![("OPENCLAW_GATEWAY_TOKEN", "undefined")],
                "OPENCLAW_GATEWAY_TOKEN: the secret is a placeholder",
            ),
        ] {
            let found = credential(auth, &pairs);
            assert!(found.starts_with(start), "{auth}: {found}");
        }
    }
}
