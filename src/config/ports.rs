//! Which ports an instance uses: flag over environment over file over the name's default. It must not bind them.

use super::Config;
use crate::instance::{Environment, Instance, PortOverrides, Ports, PortsError};

/// Why no ports could be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortChoiceError {
    /// The value of `--port` is no port.
    #[error("Invalid --port. Use a port number from 1 to 65535, for example 18789.")]
    Flag,
    /// The family does not fit.
    #[error(transparent)]
    Family(#[from] PortsError),
}

/// Chooses the port family: `--port` > `OPENCLAW_GATEWAY_PORT` > `gateway.port` > the default of the name, with
/// `browser.controlPort`, `OPENCLAW_CANVAS_HOST_PORT` > `canvasHost.port` and the CDP range over the derived ones.
///
/// # Errors
/// [`PortChoiceError`]; a variable that holds no port is ignored with a warning, as it always was.
pub fn ports(
    flag: Option<&str>,
    environment: &Environment,
    config: &Config,
    instance: &Instance,
) -> Result<Ports, PortChoiceError> {
    let flag = flag.map(|text| number(text.trim()).ok_or(PortChoiceError::Flag)).transpose()?;
    let choices = [
        ("--port", flag),
        ("OPENCLAW_GATEWAY_PORT", variable(environment, "OPENCLAW_GATEWAY_PORT")),
        ("gateway.port", config.gateway.port),
    ];
    let chosen = choices.into_iter().find_map(|(setting, port)| Some((setting, port?)));
    let (base_setting, base) = chosen.unwrap_or_else(|| ("gateway.port", instance.name.default_port()));
    let overrides = PortOverrides {
        base_setting,
        control: config.browser.control_port,
        canvas: variable(environment, "OPENCLAW_CANVAS_HOST_PORT").or(config.canvas_host.port),
        cdp_start: config.browser.cdp_port_start,
        cdp_end: config.browser.cdp_port_end,
    };
    Ok(Ports::derive(base, &overrides)?)
}

/// A port in a variable: digits, `host:port` or `[v6]:port`.
fn variable(environment: &Environment, name: &str) -> Option<u16> {
    let text = environment.get(name)?;
    let port = number(text.rsplit_once(':').filter(|(host, _)| is_host(host)).map_or(text, |(_, port)| port));
    if port.is_none() {
        tracing::warn!(
            variable = name,
            value = text,
            "the variable holds no port from 1 to 65535 and is ignored"
        );
    }
    port
}

/// A bare IPv6 address ends in `:digits` too, so one without brackets is no host.
fn is_host(text: &str) -> bool {
    let is_bracketed = text.starts_with('[') && text.ends_with(']');
    !text.is_empty() && (is_bracketed || !text.contains(':'))
}

fn number(text: &str) -> Option<u16> {
    let port = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
    (port != 0).then_some(port)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::instance::Selection;

    fn family(flag: Option<&str>, pairs: &[(&str, &str)], text: &str) -> Result<Ports, PortChoiceError> {
        let pairs =
            [("HOME", "/home/ann"), ("OPENCLAW_PROFILE", "rescue")].into_iter().chain(pairs.iter().copied());
        let environment = Environment::from_pairs(pairs);
        let instance = Instance::resolve(&Selection::default(), &environment).unwrap();
        let config = Config::parse(Path::new("/c/openclaw.json"), text, &environment).unwrap();
        ports(flag, &environment, &config, &instance)
    }

    #[test]
    fn the_base_is_chosen_in_order() {
        let file = "{ gateway: { port: 21000 } }";
        let variable = |value| [("OPENCLAW_GATEWAY_PORT", value)];
        for (flag, pairs, text, port) in [
            (Some("22000"), variable("23000"), file, 22000),
            (None, variable("23000"), file, 23000),
            (None, variable(" 23000 "), file, 23000),
            (None, variable("127.0.0.1:23000"), file, 23000),
            (None, variable("[::1]:23000"), file, 23000),
            (None, variable("::1:23000"), file, 21000),
            (None, variable("23000x"), file, 21000),
            (None, variable("70000"), file, 21000),
            (None, variable("0"), file, 21000),
            (None, variable("-5"), file, 21000),
            (None, variable("+23000"), file, 21000),
            (None, variable(":23000"), file, 21000),
            (None, variable(""), file, 21000),
            (None, variable(""), "{}", 23532),
        ] {
            assert_eq!(family(flag, &pairs, text).unwrap().gateway, port, "{flag:?} {pairs:?} {text}");
        }
    }

    #[test]
    fn a_wrong_flag_is_an_error() {
        for flag in ["0", "abc", "99999", "", "-1", "+5", "1.5", "127.0.0.1:80"] {
            assert_eq!(family(Some(flag), &[], "{}"), Err(PortChoiceError::Flag), "{flag}");
        }
    }

    #[test]
    fn other_ports_are_derived_or_overridden() {
        let found = family(Some("20000"), &[], "{}").unwrap();
        assert_eq!((found.control, found.canvas, found.cdp), (20002, 20004, 20011..=20110));
        let text = "{ browser: { controlPort: 30000 }, canvasHost: { port: 31000 } }";
        let found = family(Some("20000"), &[], text).unwrap();
        assert_eq!((found.control, found.canvas, found.cdp), (30000, 31000, 30009..=30108));
        let found = family(Some("20000"), &[("OPENCLAW_CANVAS_HOST_PORT", "32000")], text).unwrap();
        assert_eq!(found.canvas, 32000);
        let text = "{ browser: { cdpPortRangeStart: 40000, cdpPortRangeEnd: 40009 } }";
        assert_eq!(family(Some("20000"), &[], text).unwrap().cdp, 40000..=40009);
    }

    #[test]
    fn a_family_that_does_not_fit_names_where_the_base_came_from() {
        let overflow = family(Some("65500"), &[], "{}").unwrap_err().to_string();
        assert!(overflow.starts_with("--port 65500 would put"), "{overflow}");
        let clash = family(None, &[("OPENCLAW_GATEWAY_PORT", "20000")], "{ canvasHost: { port: 20000 } }")
            .unwrap_err();
        assert!(
            clash.to_string().starts_with("OPENCLAW_GATEWAY_PORT 20000 and canvasHost.port 20000"),
            "{clash}"
        );
    }
}
