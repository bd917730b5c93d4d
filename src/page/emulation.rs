//! What a page is made to believe: network, place, screen, clock, language. Pure: it yields the commands that lead
//! from one belief to another, and sends none.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::device::Device;
use super::upload;
use crate::cdp::Call;
use crate::cdp::browser_protocol::emulation::{
    ClearDeviceMetricsOverrideParams, MediaFeature, ScreenOrientation, ScreenOrientationType,
    SetDeviceMetricsOverrideParams, SetEmulatedMediaParams, SetGeolocationOverrideParams,
    SetLocaleOverrideParams, SetTimezoneOverrideParams, SetTouchEmulationEnabledParams,
    SetUserAgentOverrideParams,
};
use crate::cdp::browser_protocol::network::{Headers as WireHeaders, SetExtraHttpHeadersParams};

/// Headers that go with every request. Their values may be secrets and are never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(pub BTreeMap<String, String>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A place on earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Degrees north, -90 to 90.
    pub latitude: f64,
    /// Degrees east, -180 to 180.
    pub longitude: f64,
    /// Metres, from 0 on.
    pub accuracy: f64,
}

/// What all pages of a browser believe.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    /// There is no network.
    pub offline: bool,
    /// Headers that go with every request.
    pub headers: Headers,
    /// Where they are.
    pub position: Option<Position>,
    /// Nobody sees their windows: a file chooser that a page opens is told, and closed as by a person.
    pub is_headless: bool,
}

/// What one page believes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Guise {
    /// The device that it runs on.
    pub device: Option<Costume>,
    /// The size of its viewport, in place of the device's or the window's.
    pub viewport: Option<(u32, u32)>,
    /// What `prefers-color-scheme` answers.
    pub color_scheme: Option<&'static str>,
    /// The name of its time zone.
    pub timezone: Option<String>,
    /// Its language, such as `de-DE`.
    pub locale: Option<String>,
}

/// A device, as this browser plays it.
#[derive(Debug, Clone, PartialEq)]
pub struct Costume {
    /// The device.
    pub device: &'static Device,
    /// The browser's own version, which it does not hide.
    pub chrome: Arc<str>,
}

/// All that a page believes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Belief {
    pub(crate) around: Surroundings,
    pub(crate) own: Guise,
}

/// What a channel drives: the tab itself, or a frame of another process in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Tab,
    Frame,
}

/// Fingers that a touched screen tells apart.
const TOUCHES: i64 = 5;

impl Guise {
    fn is_touched(&self) -> bool {
        self.device.as_ref().is_some_and(|costume| costume.device.touch)
    }
}

impl Belief {
    /// The commands that lead from an older belief to this one.
    pub(crate) fn since(&self, before: &Self, part: Part) -> Vec<Call> {
        let (mut calls, old, new) = (Vec::new(), before, self);
        if old.around.offline != new.around.offline {
            calls.push(network(new.around.offline));
        }
        if old.around.headers != new.around.headers {
            calls.push(Call::of(&headers(&new.around.headers)));
        }
        if old.around.position != new.around.position {
            calls.push(Call::of(&position(new.around.position)));
        }
        if old.around.is_headless != new.around.is_headless {
            calls.push(Call::of(&upload::choosers(false, new.around.is_headless)));
        }
        let (old, new) = (&old.own, &new.own);
        if (&old.device, &old.locale) != (&new.device, &new.locale) {
            calls.push(Call::of(&user_agent(new)));
        }
        if old.is_touched() != new.is_touched() {
            calls.push(Call::of(&touch(new.is_touched())));
        }
        // The screen is the tab's; frames of other processes follow.
        if part == Part::Tab && (&old.device, old.viewport) != (&new.device, new.viewport) {
            calls.push(metrics(new));
        }
        if old.color_scheme != new.color_scheme {
            calls.push(Call::of(&media(new.color_scheme)));
        }
        if old.timezone != new.timezone {
            // Chromium looks at a name only when none is in effect.
            let zones = old.timezone.as_ref().map(|_| String::new()).into_iter().chain(new.timezone.clone());
            calls.extend(zones.map(|zone| Call::of(&SetTimezoneOverrideParams::new(zone))));
        }
        if old.locale != new.locale {
            // The engine knows locales by ICU's names.
            let locale = new.locale.as_ref().map(|locale| locale.replace('-', "_"));
            calls.push(Call::of(&SetLocaleOverrideParams { locale: Some(locale.unwrap_or_default()) }));
        }
        calls
    }
}

/// The generated type is marked as old, but its successor knows no pages that are offline before they load.
fn network(offline: bool) -> Call {
    let params =
        format!(r#"{{"offline":{offline},"latency":0,"downloadThroughput":-1,"uploadThroughput":-1}}"#);
    Call { method: "Network.emulateNetworkConditions".into(), params }
}

fn headers(Headers(headers): &Headers) -> SetExtraHttpHeadersParams {
    SetExtraHttpHeadersParams::new(WireHeaders::new(serde_json::to_value(headers).expect("texts")))
}

fn position(position: Option<Position>) -> SetGeolocationOverrideParams {
    // Without a position Chromium would say that it cannot tell, so an empty command is what takes it away.
    position.map_or_else(SetGeolocationOverrideParams::default, |position| SetGeolocationOverrideParams {
        latitude: Some(position.latitude),
        longitude: Some(position.longitude),
        accuracy: Some(position.accuracy),
        ..Default::default()
    })
}

/// User agent and language are one command: what it does not name is the browser's own again.
fn user_agent(own: &Guise) -> SetUserAgentOverrideParams {
    let accept_language = own.locale.as_deref().map(accepted);
    let Some(Costume { device, chrome }) = &own.device else {
        return SetUserAgentOverrideParams { accept_language, ..SetUserAgentOverrideParams::new("") };
    };
    SetUserAgentOverrideParams {
        accept_language,
        platform: Some(device.platform().to_owned()),
        user_agent_metadata: device.hints(chrome),
        ..SetUserAgentOverrideParams::new(device.user_agent(chrome))
    }
}

/// `de-DE` is asked for as `de-DE,de`, as a person's browser does; the network adds the weights.
fn accepted(locale: &str) -> String {
    match locale.split_once('-') {
        Some((language, _)) => format!("{locale},{language}"),
        None => locale.to_owned(),
    }
}

fn touch(enabled: bool) -> SetTouchEmulationEnabledParams {
    let max_touch_points = enabled.then_some(TOUCHES);
    SetTouchEmulationEnabledParams { max_touch_points, ..SetTouchEmulationEnabledParams::new(enabled) }
}

fn metrics(own: &Guise) -> Call {
    let device = own.device.as_ref().map(|costume| costume.device);
    let Some((width, height)) = own.viewport.or(device.map(|device| device.viewport)) else {
        return Call::of(&ClearDeviceMetricsOverrideParams {});
    };
    let (width, height) = (i64::from(width), i64::from(height));
    let ratio = device.map_or(0.0, |device| device.ratio);
    let mobile = device.is_some_and(|device| device.mobile);
    let mut metrics = SetDeviceMetricsOverrideParams::new(width, height, ratio, mobile);
    if let Some(device) = device {
        metrics.screen_width = Some(i64::from(device.screen.0));
        metrics.screen_height = Some(i64::from(device.screen.1));
        metrics.screen_orientation = Some(orientation(device));
    }
    Call::of(&metrics)
}

/// A phone is upright at 0 degrees, a desktop screen lies.
fn orientation(device: &Device) -> ScreenOrientation {
    let lies = device.screen.0 > device.screen.1;
    match (device.mobile, lies) {
        (true, false) => ScreenOrientation::new(ScreenOrientationType::PortraitPrimary, 0),
        (true, true) => ScreenOrientation::new(ScreenOrientationType::LandscapePrimary, 90),
        (false, _) => ScreenOrientation::new(ScreenOrientationType::LandscapePrimary, 0),
    }
}

fn media(color_scheme: Option<&'static str>) -> SetEmulatedMediaParams {
    let feature = MediaFeature::new("prefers-color-scheme", color_scheme.unwrap_or_default());
    SetEmulatedMediaParams { media: None, features: Some(vec![feature]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(before: &Belief, after: &Belief, part: Part) -> Vec<String> {
        after.since(before, part).iter().map(|call| call.method.to_string()).collect()
    }

    #[test]
    fn only_what_changed_is_sent_and_nothing_by_default() {
        let plain = Belief::default();
        assert!(methods(&plain, &plain, Part::Tab).is_empty());
        let mut offline = plain.clone();
        offline.around.offline = true;
        assert_eq!(methods(&plain, &offline, Part::Frame), ["Network.emulateNetworkConditions"]);
        assert_eq!(methods(&offline, &plain, Part::Frame), ["Network.emulateNetworkConditions"]);
        let mut small = plain.clone();
        small.own.viewport = Some((10, 20));
        assert_eq!(methods(&plain, &small, Part::Tab), ["Emulation.setDeviceMetricsOverride"]);
        assert_eq!(methods(&small, &plain, Part::Tab), ["Emulation.clearDeviceMetricsOverride"]);
        assert!(methods(&plain, &small, Part::Frame).is_empty());
    }

    #[test]
    fn secrets_in_headers_are_not_shown() {
        let headers = Headers([("X-Token".to_owned(), "hunter2".to_owned())].into());
        let shown = format!("{headers:?}");
        assert!(shown.contains("X-Token") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_language_brings_its_general_form() {
        assert_eq!((accepted("de-DE").as_str(), accepted("fr").as_str()), ("de-DE,de", "fr"));
    }
}
