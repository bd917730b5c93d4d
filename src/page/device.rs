//! Devices that a page can be made to believe in: what is known of each, and how it calls itself.

use crate::cdp::browser_protocol::emulation::{UserAgentBrandVersion, UserAgentMetadata};
use crate::nearest::nearest;

/// One device.
#[derive(Debug, PartialEq)]
pub struct Device {
    /// Its name, as the well-known lists have it.
    pub name: &'static str,
    /// The page's part of the screen, in CSS pixels.
    pub viewport: (u32, u32),
    /// The screen, in CSS pixels.
    pub screen: (u32, u32),
    /// Device pixels in a CSS pixel.
    pub ratio: f64,
    /// Whether pages are laid out as on a phone: the viewport's meta tag counts.
    pub mobile: bool,
    /// Whether it is touched.
    pub touch: bool,
    agent: Agent,
}

/// What a device's browser calls itself. Chromium's version is always the real one: a page that asks for features by
/// version gets what there is.
#[derive(Debug, PartialEq)]
enum Agent {
    /// Safari on a phone: the versions of iOS and of Safari.
    Iphone(&'static str, &'static str),
    /// Safari on a tablet.
    Ipad(&'static str, &'static str),
    /// Chrome on Android: its version and the device's model.
    Android(&'static str, &'static str),
    /// The same on a tablet.
    Tablet(&'static str, &'static str),
    /// Chrome on a desk.
    Chrome,
    /// Edge on a desk.
    Edge,
    /// Firefox on a desk.
    Firefox,
    /// Safari on a desk.
    Safari,
}

use Agent::{Android, Chrome, Edge, Firefox, Ipad, Iphone, Safari, Tablet};

const fn phone(
    name: &'static str,
    viewport: (u32, u32),
    screen: (u32, u32),
    ratio: f64,
    agent: Agent,
) -> Device {
    Device { name, viewport, screen, ratio, mobile: true, touch: true, agent }
}

const fn desktop(name: &'static str, ratio: f64, agent: Agent) -> Device {
    Device { name, viewport: (1280, 720), screen: (1920, 1080), ratio, mobile: false, touch: false, agent }
}

/// Upright, and the same lying.
macro_rules! both_ways {
    ($($name:literal: $w:literal x $h:literal, $sw:literal x $sh:literal, $lw:literal x $lh:literal, $ratio:literal, $agent:expr;)*) => {
        &[$(
            phone($name, ($w, $h), ($sw, $sh), $ratio, $agent),
            phone(concat!($name, " landscape"), ($lw, $lh), ($sh, $sw), $ratio, $agent),
        )*]
    };
}

#[rustfmt::skip]
static PHONES: &[Device] = both_ways! {
    // name: page upright, screen, page lying, ratio
    "iPhone SE": 320 x 568, 320 x 568, 568 x 320, 2.0, Iphone("15_6", "15.6");
    "iPhone SE (3rd gen)": 375 x 667, 375 x 667, 667 x 375, 2.0, Iphone("17_4", "17.4");
    "iPhone 6": 375 x 667, 375 x 667, 667 x 375, 2.0, Iphone("12_5", "12.1");
    "iPhone 6 Plus": 414 x 736, 414 x 736, 736 x 414, 3.0, Iphone("12_5", "12.1");
    "iPhone 7": 375 x 667, 375 x 667, 667 x 375, 2.0, Iphone("15_6", "15.6");
    "iPhone 7 Plus": 414 x 736, 414 x 736, 736 x 414, 3.0, Iphone("15_6", "15.6");
    "iPhone 8": 375 x 667, 375 x 667, 667 x 375, 2.0, Iphone("16_6", "16.6");
    "iPhone 8 Plus": 414 x 736, 414 x 736, 736 x 414, 3.0, Iphone("16_6", "16.6");
    "iPhone X": 375 x 812, 375 x 812, 812 x 375, 3.0, Iphone("16_6", "16.6");
    "iPhone XR": 414 x 896, 414 x 896, 896 x 414, 2.0, Iphone("17_4", "17.4");
    "iPhone 11": 414 x 715, 414 x 896, 800 x 364, 2.0, Iphone("17_4", "17.4");
    "iPhone 11 Pro": 375 x 635, 375 x 812, 724 x 325, 3.0, Iphone("17_4", "17.4");
    "iPhone 11 Pro Max": 414 x 715, 414 x 896, 808 x 364, 3.0, Iphone("17_4", "17.4");
    "iPhone 12": 390 x 664, 390 x 844, 750 x 340, 3.0, Iphone("17_4", "17.4");
    "iPhone 12 Mini": 375 x 629, 375 x 812, 712 x 325, 3.0, Iphone("17_4", "17.4");
    "iPhone 12 Pro": 390 x 664, 390 x 844, 750 x 340, 3.0, Iphone("17_4", "17.4");
    "iPhone 12 Pro Max": 428 x 746, 428 x 926, 832 x 378, 3.0, Iphone("17_4", "17.4");
    "iPhone 13": 390 x 664, 390 x 844, 750 x 342, 3.0, Iphone("17_4", "17.4");
    "iPhone 13 Mini": 375 x 629, 375 x 812, 712 x 327, 3.0, Iphone("17_4", "17.4");
    "iPhone 13 Pro": 390 x 664, 390 x 844, 750 x 342, 3.0, Iphone("17_4", "17.4");
    "iPhone 13 Pro Max": 428 x 746, 428 x 926, 832 x 380, 3.0, Iphone("17_4", "17.4");
    "iPhone 14": 390 x 664, 390 x 844, 750 x 340, 3.0, Iphone("17_4", "17.4");
    "iPhone 14 Plus": 428 x 746, 428 x 926, 832 x 378, 3.0, Iphone("17_4", "17.4");
    "iPhone 14 Pro": 393 x 660, 393 x 852, 734 x 343, 3.0, Iphone("17_4", "17.4");
    "iPhone 14 Pro Max": 430 x 740, 430 x 932, 814 x 380, 3.0, Iphone("17_4", "17.4");
    "iPhone 15": 393 x 659, 393 x 852, 734 x 343, 3.0, Iphone("17_5", "17.5");
    "iPhone 15 Plus": 430 x 739, 430 x 932, 814 x 380, 3.0, Iphone("17_5", "17.5");
    "iPhone 15 Pro": 393 x 659, 393 x 852, 734 x 343, 3.0, Iphone("17_5", "17.5");
    "iPhone 15 Pro Max": 430 x 739, 430 x 932, 814 x 380, 3.0, Iphone("17_5", "17.5");
    "iPhone 16": 393 x 659, 393 x 852, 734 x 343, 3.0, Iphone("18_3", "18.3");
    "iPhone 16 Plus": 430 x 739, 430 x 932, 814 x 380, 3.0, Iphone("18_3", "18.3");
    "iPhone 16 Pro": 402 x 681, 402 x 874, 756 x 352, 3.0, Iphone("18_3", "18.3");
    "iPhone 16 Pro Max": 440 x 763, 440 x 956, 838 x 390, 3.0, Iphone("18_3", "18.3");
    "iPad (gen 5)": 768 x 1024, 768 x 1024, 1024 x 768, 2.0, Ipad("16_7", "16.6");
    "iPad (gen 6)": 768 x 1024, 768 x 1024, 1024 x 768, 2.0, Ipad("17_4", "17.4");
    "iPad (gen 7)": 810 x 1080, 810 x 1080, 1080 x 810, 2.0, Ipad("17_4", "17.4");
    "iPad (gen 11)": 820 x 1180, 820 x 1180, 1180 x 820, 2.0, Ipad("18_3", "18.3");
    "iPad Mini": 768 x 1024, 768 x 1024, 1024 x 768, 2.0, Ipad("12_5", "12.1");
    "iPad Pro 11": 834 x 1194, 834 x 1194, 1194 x 834, 2.0, Ipad("17_4", "17.4");
    "iPad Pro 12.9": 1024 x 1366, 1024 x 1366, 1366 x 1024, 2.0, Ipad("17_4", "17.4");
    "Pixel 2": 411 x 731, 411 x 731, 731 x 411, 2.625, Android("11", "Pixel 2");
    "Pixel 2 XL": 411 x 823, 411 x 823, 823 x 411, 3.5, Android("11", "Pixel 2 XL");
    "Pixel 3": 393 x 786, 393 x 786, 786 x 393, 2.75, Android("12", "Pixel 3");
    "Pixel 4": 353 x 745, 353 x 745, 745 x 353, 3.0, Android("13", "Pixel 4");
    "Pixel 4a (5G)": 412 x 765, 412 x 892, 840 x 312, 2.63, Android("14", "Pixel 4a (5G)");
    "Pixel 5": 393 x 727, 393 x 851, 802 x 293, 2.75, Android("14", "Pixel 5");
    "Pixel 6": 412 x 839, 412 x 915, 863 x 360, 2.625, Android("15", "Pixel 6");
    "Pixel 7": 412 x 839, 412 x 915, 863 x 360, 2.625, Android("14", "Pixel 7");
    "Pixel 8": 412 x 839, 412 x 915, 863 x 360, 2.625, Android("15", "Pixel 8");
    "Pixel 9": 412 x 839, 412 x 923, 871 x 360, 2.625, Android("15", "Pixel 9");
    "Galaxy S5": 360 x 640, 360 x 640, 640 x 360, 3.0, Android("6.0.1", "SM-G900P");
    "Galaxy S8": 360 x 740, 360 x 740, 740 x 360, 3.0, Android("9", "SM-G950U");
    "Galaxy S9+": 320 x 658, 320 x 658, 658 x 320, 4.5, Android("10", "SM-G965U");
    "Galaxy S24": 360 x 780, 360 x 780, 780 x 360, 3.0, Android("14", "SM-S921U");
    "Galaxy A55": 480 x 1040, 480 x 1040, 1040 x 480, 2.25, Android("14", "SM-A556B");
    "Galaxy Tab S4": 712 x 1138, 712 x 1138, 1138 x 712, 2.25, Tablet("10", "SM-T837A");
    "Galaxy Tab S9": 640 x 1024, 640 x 1024, 1024 x 640, 2.5, Tablet("14", "SM-X710");
    "Galaxy Note 3": 360 x 640, 360 x 640, 640 x 360, 3.0, Android("5.0", "SM-N900T");
    "Nexus 5": 360 x 640, 360 x 640, 640 x 360, 3.0, Android("6.0.1", "Nexus 5");
    "Nexus 5X": 412 x 732, 412 x 732, 732 x 412, 2.625, Android("8.1.0", "Nexus 5X");
    "Nexus 6": 412 x 732, 412 x 732, 732 x 412, 3.5, Android("7.1.1", "Nexus 6");
    "Nexus 6P": 412 x 732, 412 x 732, 732 x 412, 3.5, Android("8.1.0", "Nexus 6P");
    "Nexus 7": 600 x 960, 600 x 960, 960 x 600, 2.0, Tablet("6.0.1", "Nexus 7");
    "Nexus 10": 800 x 1280, 800 x 1280, 1280 x 800, 2.0, Tablet("5.1.1", "Nexus 10");
    "Moto G4": 360 x 640, 360 x 640, 640 x 360, 3.0, Android("7.0", "Moto G (4)");
};

static DESKTOPS: &[Device] = &[
    desktop("Desktop Chrome", 1.0, Chrome),
    desktop("Desktop Chrome HiDPI", 2.0, Chrome),
    desktop("Desktop Edge", 1.0, Edge),
    desktop("Desktop Edge HiDPI", 2.0, Edge),
    desktop("Desktop Firefox", 1.0, Firefox),
    desktop("Desktop Firefox HiDPI", 2.0, Firefox),
    desktop("Desktop Safari", 2.0, Safari),
];

impl Device {
    /// The device of that name, upper and lower case alike.
    pub fn named(name: &str) -> Option<&'static Self> {
        PHONES.iter().chain(DESKTOPS).find(|device| device.name.eq_ignore_ascii_case(name))
    }

    /// Names that somebody may have meant.
    pub fn near(name: &str) -> Vec<&'static str> {
        let upright = || Self::names().filter(|known| !known.ends_with("landscape"));
        let wanted = name.to_ascii_lowercase();
        let first = wanted.split(' ').next().unwrap_or_default();
        if let Some(one) = nearest(name, &Self::names().collect::<Vec<_>>()) {
            return vec![one];
        }
        let family: Vec<_> = upright()
            .filter(|known| !first.is_empty() && known.to_ascii_lowercase().starts_with(first))
            .collect();
        // The newest stand last.
        if family.is_empty() {
            vec!["iPhone 15", "iPad Pro 11", "Pixel 7", "Galaxy S24", "Desktop Chrome"]
        } else {
            family.into_iter().rev().take(5).collect()
        }
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PHONES.iter().chain(DESKTOPS).map(|device| device.name)
    }

    /// How its browser calls itself; `chrome` is our browser's own version.
    pub(super) fn user_agent(&self, chrome: &str) -> String {
        let major = chrome.split('.').next().unwrap_or(chrome);
        let safari = |device: &str, os: &str, version: &str| {
            format!(
                "Mozilla/5.0 ({device}{os} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/{version} Mobile/15E148 Safari/604.1"
            )
        };
        let blink = |system: &str, kind: &str, end: &str| {
            format!(
                "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 \
                 {kind}Safari/537.36{end}"
            )
        };
        match &self.agent {
            Iphone(os, version) => safari("iPhone; CPU iPhone OS ", os, version),
            Ipad(os, version) => safari("iPad; CPU OS ", os, version),
            Android(os, model) => blink(&format!("Linux; Android {os}; {model}"), "Mobile ", ""),
            Tablet(os, model) => blink(&format!("Linux; Android {os}; {model}"), "", ""),
            Chrome => blink("Windows NT 10.0; Win64; x64", "", ""),
            Edge => blink("Windows NT 10.0; Win64; x64", "", &format!(" Edg/{major}.0.0.0")),
            Firefox => {
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned()
            }
            Safari => {
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                       Version/18.3 Safari/605.1.15"
                    .to_owned()
            }
        }
    }

    /// What `navigator.platform` says.
    pub(super) fn platform(&self) -> &'static str {
        match self.agent {
            Iphone(..) => "iPhone",
            Ipad(..) => "iPad",
            Android(..) | Tablet(..) => "Linux armv81",
            Chrome | Edge | Firefox => "Win32",
            Safari => "MacIntel",
        }
    }

    /// The client hints, which only Chromium's relatives send.
    pub(super) fn hints(&self, chrome: &str) -> Option<UserAgentMetadata> {
        let major = chrome.split('.').next().unwrap_or(chrome);
        let brand = |name: &str, version: &str| UserAgentBrandVersion::new(name, version);
        let brands = |version: &str| {
            let own = if self.agent == Edge { "Microsoft Edge" } else { "Google Chrome" };
            vec![brand("Chromium", version), brand(own, version), brand("Not.A/Brand", "99")]
        };
        let (platform, platform_version, model) = match self.agent {
            Android(os, model) | Tablet(os, model) => ("Android", os, model),
            Chrome | Edge => ("Windows", "15.0.0", ""),
            Iphone(..) | Ipad(..) | Firefox | Safari => return None,
        };
        let architecture = if self.mobile { "" } else { "x86" };
        let mobile = matches!(self.agent, Android(..));
        Some(UserAgentMetadata {
            brands: Some(brands(major)),
            full_version_list: Some(brands(chrome)),
            platform: platform.to_owned(),
            platform_version: platform_version.to_owned(),
            architecture: architecture.to_owned(),
            model: model.to_owned(),
            mobile,
            bitness: (!self.mobile).then(|| "64".to_owned()),
            wow64: None,
            form_factors: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_found_by_name_and_near_ones_are_told() {
        assert_eq!(Device::named("iphone 14").map(|d| (d.viewport, d.ratio)), Some(((390, 664), 3.0)));
        assert_eq!(Device::named("Pixel 7 landscape").map(|d| d.screen), Some((915, 412)));
        assert!(Device::named("Foo").is_none());
        assert_eq!(Device::near("iPhone14"), ["iPhone 14"]);
        assert_eq!(Device::near("Galaxy Watch Ultra").len(), 5);
        assert!(Device::near("Foo").contains(&"Desktop Chrome"));
    }

    #[test]
    fn names_are_unique_and_nothing_is_wider_than_its_screen() {
        let names: std::collections::HashSet<_> = Device::names().collect();
        assert_eq!(names.len(), Device::names().count());
        for Device { name, viewport, screen, .. } in PHONES.iter().chain(DESKTOPS) {
            assert!(viewport.0 <= screen.0 && viewport.1 <= screen.1, "{name}");
        }
    }

    #[test]
    fn the_version_is_the_browsers_own() {
        let pixel = Device::named("Pixel 7").expect("known");
        assert!(
            pixel
                .user_agent("156.0.8078.79")
                .contains("Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile")
        );
        let hints = pixel.hints("156.0.8078.79").expect("Chromium's");
        assert_eq!(hints.full_version_list.expect("told")[0].version, "156.0.8078.79");
        assert!(Device::named("iPhone 14").expect("known").hints("156").is_none());
    }
}
