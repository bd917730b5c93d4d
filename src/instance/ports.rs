//! The port family of an instance: numbers derived from the base port, and the proof that they do not overlap.
//! It must not bind anything or know other instances. Pure.

use std::fmt;
use std::ops::RangeInclusive;

/// The ports of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports {
    /// The gateway: WebSocket and HTTP.
    pub gateway: u16,
    /// The control API; base + 2 unless overridden.
    pub control: u16,
    /// The canvas host; base + 4 unless overridden.
    pub canvas: u16,
    /// Where managed browsers' CDP ports are leased from; control + 9 to control + 108 unless overridden.
    pub cdp: RangeInclusive<u16>,
}

/// The ports that a config or the environment sets instead of the derived ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortOverrides {
    /// Which setting the base port came from, for errors.
    pub base_setting: &'static str,
    /// `browser.controlPort`.
    pub control: Option<u16>,
    /// `canvasHost.port`, or the environment's.
    pub canvas: Option<u16>,
    /// `browser.cdpPortRangeStart`.
    pub cdp_start: Option<u16>,
    /// `browser.cdpPortRangeEnd`.
    pub cdp_end: Option<u16>,
}

impl Default for PortOverrides {
    fn default() -> Self {
        Self { base_setting: "gateway.port", control: None, canvas: None, cdp_start: None, cdp_end: None }
    }
}

/// One setting and the ports that it claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its path in the config, or the flag or variable it came from.
    pub name: &'static str,
    /// First port; wider than `u16`, since an overflow must be told.
    pub first: u32,
    /// Last port.
    pub last: u32,
    /// The setting that it was derived from and the distance, when nobody wrote it.
    pub derived: Option<(&'static str, u32)>,
}

/// Two settings that cannot both hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The setting that was there first.
    pub one: Setting,
    /// The one that clashes with it.
    pub other: Setting,
}

/// Why the ports of an instance cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortsError {
    /// Two of the instance's own settings claim the same port.
    #[error("{} and {} claim the same port {}; give one of them another port", .0.one, .0.other, .0.shared_port())]
    Overlap(Box<Clash>),
    /// A derived port would pass the last one.
    #[error("{} would put {} past port 65535; choose a lower {}", .0.one, .0.other, .0.one.name)]
    Overflow(Box<Clash>),
    /// Port 0 names no port.
    #[error("{setting} is 0; use a port number from 1 to 65535")]
    Zero {
        /// The setting.
        setting: &'static str,
    },
    /// The end of the CDP range lies before its start.
    #[error(
        "browser.cdpPortRangeEnd {end} lies before browser.cdpPortRangeStart {start}; swap them or remove one"
    )]
    Backwards {
        /// The first port.
        start: u32,
        /// The last port.
        end: u32,
    },
}

const CONTROL: &str = "browser.controlPort";
const CANVAS: &str = "canvasHost.port";
const CDP: &str = "browser.cdpPortRangeStart";

impl Ports {
    /// Derives the family of `base` and checks it.
    ///
    /// # Errors
    /// [`PortsError`], naming the two settings that clash.
    pub fn derive(base: u16, overrides: &PortOverrides) -> Result<Self, PortsError> {
        let gateway =
            Setting { name: overrides.base_setting, first: base.into(), last: base.into(), derived: None };
        let control = Setting::single(CONTROL, overrides.control, &gateway, 2);
        let canvas = Setting::single(CANVAS, overrides.canvas, &gateway, 4);
        let cdp = Setting::cdp(overrides, &control);
        let all = [gateway, control, canvas, cdp];
        check_each(&all)?;
        check_overlaps(&all)?;
        let [gateway, control, canvas, cdp] = all;
        let port = |number: u32| u16::try_from(number).expect("overflow was refused above");
        Ok(Self {
            gateway: port(gateway.first),
            control: port(control.first),
            canvas: port(canvas.first),
            cdp: port(cdp.first)..=port(cdp.last),
        })
    }

    /// What `port` is to this family, CDP range left out: gateway, control, canvas or nothing.
    #[must_use]
    pub fn is_listener(&self, port: u16) -> bool {
        [self.gateway, self.control, self.canvas].contains(&port)
    }
}

impl Setting {
    fn single(name: &'static str, written: Option<u16>, base: &Self, distance: u32) -> Self {
        let port = written.map_or(base.first + distance, u32::from);
        let derived = written.is_none().then_some((base.name, distance));
        Self { name, first: port, last: port, derived }
    }

    /// CDP ports are counted from the control port (control + 9 to control + 108), not from the base.
    fn cdp(overrides: &PortOverrides, control: &Self) -> Self {
        let first = overrides.cdp_start.map_or(control.first + 9, u32::from);
        let last = overrides.cdp_end.map_or(first + 99, u32::from);
        Self { name: CDP, first, last, derived: overrides.cdp_start.is_none().then_some((control.name, 9)) }
    }
}

impl Clash {
    fn shared_port(&self) -> u32 {
        self.one.first.max(self.other.first)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.first)?;
        if self.last != self.first {
            write!(f, "-{}", self.last)?;
        }
        match self.derived {
            Some((from, distance)) => write!(f, " (derived: {from} + {distance})"),
            None => Ok(()),
        }
    }
}

fn check_each(all: &[Setting; 4]) -> Result<(), PortsError> {
    let [gateway, control, ..] = all;
    for setting in all {
        if setting.first == 0 {
            return Err(PortsError::Zero { setting: setting.name });
        }
        if setting.last < setting.first {
            return Err(PortsError::Backwards { start: setting.first, end: setting.last });
        }
    }
    let Some(setting) = all.iter().find(|setting| setting.last > u32::from(u16::MAX)) else { return Ok(()) };
    // The culprit is the setting that somebody wrote: the control port carries the CDP range with it.
    let one = match (&setting.derived, &control.derived) {
        (None, _) => setting,
        (Some((from, _)), None) if *from == control.name => control,
        (Some(_), _) => gateway,
    };
    Err(PortsError::Overflow(Box::new(Clash { one: one.clone(), other: setting.clone() })))
}

fn check_overlaps(all: &[Setting; 4]) -> Result<(), PortsError> {
    for (at, one) in all.iter().enumerate() {
        if let Some(other) =
            all[at + 1..].iter().find(|other| one.first <= other.last && other.first <= one.last)
        {
            return Err(PortsError::Overlap(Box::new(Clash { one: one.clone(), other: other.clone() })));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(control: u16, canvas: u16, cdp_start: u16, cdp_end: u16) -> PortOverrides {
        let some = |port| (port != 0).then_some(port);
        PortOverrides {
            control: some(control),
            canvas: some(canvas),
            cdp_start: some(cdp_start),
            cdp_end: some(cdp_end),
            ..PortOverrides::default()
        }
    }

    #[test]
    fn families_follow_the_base() {
        let family = |gateway, control, canvas, cdp| Ports { gateway, control, canvas, cdp };
        for (base, over, ports) in [
            (18789, overrides(0, 0, 0, 0), family(18789, 18791, 18793, 18800..=18899)),
            (65425, overrides(0, 0, 0, 0), family(65425, 65427, 65429, 65436..=65535)),
            (1, overrides(0, 0, 0, 0), family(1, 3, 5, 12..=111)),
            (18789, overrides(30000, 0, 0, 0), family(18789, 30000, 18793, 30009..=30108)),
            (18789, overrides(0, 40000, 0, 0), family(18789, 18791, 40000, 18800..=18899)),
            (18789, overrides(0, 0, 50000, 0), family(18789, 18791, 18793, 50000..=50099)),
            (18789, overrides(0, 0, 50000, 50004), family(18789, 18791, 18793, 50000..=50004)),
            (18789, overrides(0, 0, 0, 18801), family(18789, 18791, 18793, 18800..=18801)),
            (65533, overrides(100, 200, 0, 0), family(65533, 100, 200, 109..=208)),
        ] {
            let found = Ports::derive(base, &over);
            if over.canvas == Some(200) {
                // The canvas port lies in the range that the control port carries along.
                assert!(matches!(found, Err(PortsError::Overlap(_))));
            } else {
                assert_eq!(found.unwrap(), ports, "{base} {over:?}");
            }
        }
    }

    #[test]
    fn clashes_name_both_settings() {
        for (base, over, texts) in [
            (18789, overrides(18789, 0, 0, 0), ["gateway.port 18789", "browser.controlPort 18789 claim"]),
            (18789, overrides(0, 18789, 0, 0), ["gateway.port 18789", "canvasHost.port 18789 claim"]),
            (
                18789,
                overrides(0, 18791, 0, 0),
                ["browser.controlPort 18791 (derived: gateway.port + 2)", "canvasHost.port 18791"],
            ),
            (
                18789,
                overrides(18793, 0, 0, 0),
                ["browser.controlPort 18793 and", "canvasHost.port 18793 (derived: gateway.port + 4)"],
            ),
            (
                18789,
                overrides(0, 18850, 0, 0),
                [
                    "canvasHost.port 18850",
                    "browser.cdpPortRangeStart 18800-18899 (derived: browser.controlPort + 9)",
                ],
            ),
            (
                18789,
                overrides(18700, 0, 0, 0),
                ["gateway.port 18789", "browser.cdpPortRangeStart 18709-18808"],
            ),
            (
                18789,
                overrides(0, 0, 18700, 0),
                ["gateway.port 18789", "browser.cdpPortRangeStart 18700-18799 claim"],
            ),
            (
                65426,
                overrides(0, 0, 0, 0),
                [
                    "gateway.port 65426 would put",
                    "browser.cdpPortRangeStart 65437-65536 (derived: browser.controlPort + 9) past port 65535",
                ],
            ),
            (
                65535,
                overrides(0, 0, 0, 0),
                [
                    "gateway.port 65535 would put",
                    "browser.controlPort 65537 (derived: gateway.port + 2) past",
                ],
            ),
            (
                18789,
                overrides(65500, 0, 0, 0),
                ["browser.controlPort 65500 would put", "browser.cdpPortRangeStart 65509-65608"],
            ),
            (
                18789,
                overrides(0, 0, 65500, 0),
                ["browser.cdpPortRangeStart 65500-65599 would put", "past port 65535"],
            ),
            (
                18789,
                overrides(0, 0, 500, 400),
                ["browser.cdpPortRangeEnd 400 lies before", "browser.cdpPortRangeStart 500"],
            ),
            (0, overrides(0, 0, 0, 0), ["gateway.port is 0", "1 to 65535"]),
        ] {
            let text = Ports::derive(base, &over).unwrap_err().to_string();
            assert!(texts.iter().all(|part| text.contains(part)), "{base}: {text}");
        }
        let zero = PortOverrides { control: Some(0), ..PortOverrides::default() };
        assert_eq!(Ports::derive(18789, &zero), Err(PortsError::Zero { setting: CONTROL }));
        let flag = PortOverrides { base_setting: "--port", ..PortOverrides::default() };
        assert!(Ports::derive(65530, &flag).unwrap_err().to_string().starts_with("--port 65530 would put"));
    }
}
