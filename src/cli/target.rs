//! Which gateway a command speaks to: the one that is named, else the one that runs for this instance, wherever its
//! port came from.

use clap::{Arg, ArgMatches, Command};

use crate::auth::{Credential, Token};
use crate::config::{self, Config};
use crate::gateway::client::Target;
use crate::instance::{Environment, Instance, Live};

const URL: &str = "gateway-url";
const TOKEN: &str = "gateway-token";
const PASSWORD: &str = "gateway-password";
/// The id of the option that names the gateway's port.
pub(super) const PORT: &str = "gateway-port";
/// The ids of all of them.
pub(super) const ALL: [&str; 4] = [URL, TOKEN, PASSWORD, PORT];

/// The options that name a gateway.
pub(super) fn options(command: Command) -> Command {
    // Not global: operations have options of the same names, such as `wait --url`.
    let option = |id: &'static str, name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(name).value_name(value).help(help)
    };
    command
        .arg(option(URL, "url", "URL", "The gateway's WebSocket address (default: this instance's)"))
        .arg(option(TOKEN, "token", "TOKEN", "The gateway's token (default: the configured one)"))
        .arg(option(PASSWORD, "password", "PASSWORD", "The gateway's password, in password mode"))
        .arg(option(PORT, "port", "N", "The gateway's port (default: the one that it runs on)"))
}

/// Finds the gateway.
pub(super) fn find(
    instance: &Instance,
    environment: &Environment,
    matches: &ArgMatches,
) -> Result<Target, String> {
    let said = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let allows_private = environment.is_on("OPENCLAW_ALLOW_INSECURE_PRIVATE_WS");
    let target = |url, credential| Target { url, credential, allows_private };
    let config = Config::load(&instance.config_path, environment);
    let given = given(said(TOKEN), said(PASSWORD), environment)?;
    if let Some(url) = said(URL) {
        let credential =
            given.ok_or("gateway url override requires explicit credentials: pass --token or --password")?;
        return Ok(target(url.to_owned(), credential));
    }
    let credential = match (given, &config) {
        (Some(credential), _) => credential,
        (None, Ok(config)) => config.credential(environment).map_err(|e| e.to_string())?,
        (None, Err(error)) => return Err(super::chain(error)),
    };
    if let Some(url) = environment.get("OPENCLAW_GATEWAY_URL") {
        return Ok(target(url.to_owned(), credential));
    }
    let port = match (said(PORT), Live::read(&instance.state_dir)) {
        (None, Some(live)) => live.ports.gateway,
        (flag, _) => {
            let config = config.unwrap_or_default();
            config::ports(flag, environment, &config, instance).map_err(|e| e.to_string())?.gateway
        }
    };
    Ok(target(format!("ws://127.0.0.1:{port}"), credential))
}

fn given(
    token: Option<&str>,
    password: Option<&str>,
    environment: &Environment,
) -> Result<Option<Credential>, String> {
    let token = token.or_else(|| environment.get("OPENCLAW_GATEWAY_TOKEN"));
    let password = password.or_else(|| environment.get("OPENCLAW_GATEWAY_PASSWORD"));
    let read = |name: &str, text: &str| Token::parse(text).map_err(|e| format!("{name}: {e}"));
    match (token, password) {
        (Some(token), _) => Ok(Some(Credential::Token(read("--token", token)?))),
        (None, Some(password)) => Ok(Some(Credential::Password(read("--password", password)?))),
        (None, None) => Ok(None),
    }
}
