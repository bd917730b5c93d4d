//! `gateway.port`, `.bind`, `.mode` and `.auth`. It must not know the section's other keys: they are not ours.

use super::Problem;
use super::section::Section;
use crate::auth::Token;

/// The settings of the gateway that are ours.
#[derive(Debug, Clone, Default)]
pub struct GatewaySettings {
    /// `gateway.port`.
    pub port: Option<u16>,
    /// `gateway.bind`.
    pub bind: Option<Bind>,
    /// `gateway.mode`.
    pub mode: Option<GatewayMode>,
    /// `gateway.auth`.
    pub auth: AuthSettings,
}

/// Where the gateway is meant to listen. This program listens on loopback whatever stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bind {
    /// `loopback`.
    Loopback,
    /// `auto`, which means loopback here.
    Auto,
    /// `lan`, `tailnet` or `custom`, which need a listener that this program does not open.
    Exposed,
}

/// Whether this host runs the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayMode {
    /// `local`.
    Local,
    /// `remote`.
    Remote,
}

/// `gateway.auth`.
#[derive(Debug, Clone, Default)]
pub struct AuthSettings {
    /// `gateway.auth.mode`.
    pub mode: Option<AuthMode>,
    /// `gateway.auth.token`.
    pub token: Option<Token>,
    /// `gateway.auth.password`.
    pub password: Option<Token>,
    /// Whether a secret stands in the file itself, not as `${NAME}`.
    pub is_inline: bool,
}

/// How callers prove themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// `token`.
    Token,
    /// `password`.
    Password,
    /// `none`: a token all the same, generated; nothing of ours answers without a credential.
    None,
    /// `trusted-proxy`: the password; no proxy is trusted here.
    TrustedProxy,
}

impl GatewaySettings {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let mode = section.choice("mode", &["local", "remote"]);
        let settings = Self {
            port: section.port("port"),
            bind: section
                .choice("bind", &["auto", "lan", "loopback", "tailnet", "custom"])
                .map(Bind::from_word),
            mode: mode.map(|word| if word == "local" { GatewayMode::Local } else { GatewayMode::Remote }),
            auth: section.section("auth").map(|section| AuthSettings::read(&section)).unwrap_or_default(),
        };
        if settings.bind == Some(Bind::Exposed) {
            section.warn("gateway.bind is not followed: this gateway listens on loopback only".to_owned());
        }
        section.warn_of_slips(&["port", "bind", "mode", "auth"]);
        settings
    }
}

impl Bind {
    fn from_word(word: &str) -> Self {
        match word {
            "loopback" => Self::Loopback,
            "auto" => Self::Auto,
            _ => Self::Exposed,
        }
    }
}

impl AuthSettings {
    fn read(section: &Section<'_>) -> Self {
        let mode =
            section.choice("mode", &["token", "password", "none", "trusted-proxy"]).map(|word| match word {
                "token" => AuthMode::Token,
                "password" => AuthMode::Password,
                "none" => AuthMode::None,
                _ => AuthMode::TrustedProxy,
            });
        let settings = Self {
            mode,
            is_inline: ["token", "password"].iter().any(|key| is_inline(section, key)),
            token: secret(section, "token"),
            password: secret(section, "password"),
        };
        match mode {
            Some(AuthMode::None) => section.warn(
                "gateway.auth.mode \"none\" still asks for the token: nothing here answers without a credential".to_owned(),
            ),
            Some(AuthMode::TrustedProxy) => section.warn(
                "gateway.auth.mode \"trusted-proxy\" trusts no proxy here: callers send gateway.auth.password".to_owned(),
            ),
            Some(AuthMode::Token | AuthMode::Password) | None => {}
        }
        // Known to the existing system, of no effect here.
        section.boolean("allowTailscale");
        section.take("rateLimit");
        section.take("trustedProxy");
        section.finish();
        settings
    }
}

fn is_inline(section: &Section<'_>, key: &str) -> bool {
    section.foreign_text(&[key]).is_some_and(|text| !text.contains("${"))
}

fn secret(section: &Section<'_>, key: &'static str) -> Option<Token> {
    let text = section.substituted(key)?;
    let refuse = |error: &crate::auth::TokenError| {
        section.problem(Problem::new(&section.path(key), error.to_string()))
    };
    Token::parse(&text).inspect_err(refuse).ok()
}
