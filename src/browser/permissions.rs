//! Permissions that a page of some origin would ask a person for, granted beforehand.

use super::{Browser, Error};
use crate::cdp::Call;
use crate::cdp::browser_protocol::browser::{
    PermissionDescriptor, PermissionSetting, ResetPermissionsParams, SetPermissionParams,
};
use crate::deadline::Deadline;

/// One permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission(&'static [&'static str]);

/// A name that is no permission's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unknown permission type: {0}")]
pub struct UnknownPermission(pub String);

/// Names in the protocol, the web's names for the same, and the descriptors that stand for it.
const KNOWN: &[(&str, &str, &[&str])] = &[
    ("audioCapture", "microphone", &["microphone"]),
    ("videoCapture", "camera", &["camera"]),
    ("cameraPanTiltZoom", "camera-pan-tilt-zoom", &["camera+ptz"]),
    ("geolocation", "geolocation", &["geolocation"]),
    ("notifications", "notifications", &["notifications"]),
    ("midi", "midi", &["midi"]),
    ("midiSysex", "midi-sysex", &["midi+sysex"]),
    ("clipboardReadWrite", "clipboard-read", &["clipboard-read"]),
    ("clipboardSanitizedWrite", "clipboard-write", &["clipboard-write"]),
    ("backgroundSync", "background-sync", &["background-sync"]),
    ("backgroundFetch", "background-fetch", &["background-fetch"]),
    ("periodicBackgroundSync", "periodic-background-sync", &["periodic-background-sync"]),
    ("durableStorage", "persistent-storage", &["persistent-storage"]),
    ("storageAccess", "storage-access", &["storage-access"]),
    ("idleDetection", "idle-detection", &["idle-detection"]),
    ("displayCapture", "display-capture", &["display-capture"]),
    ("wakeLockScreen", "screen-wake-lock", &["screen-wake-lock"]),
    ("windowManagement", "window-management", &["window-management"]),
    ("localFonts", "local-fonts", &["local-fonts"]),
    ("paymentHandler", "payment-handler", &["payment-handler"]),
    ("nfc", "nfc", &["nfc"]),
    ("sensors", "sensors", &["accelerometer", "gyroscope", "magnetometer", "ambient-light-sensor"]),
    ("sensors", "accelerometer", &["accelerometer"]),
    ("sensors", "gyroscope", &["gyroscope"]),
    ("sensors", "magnetometer", &["magnetometer"]),
    ("sensors", "ambient-light-sensor", &["ambient-light-sensor"]),
];

impl Permission {
    /// The permission of that name.
    ///
    /// # Errors
    /// [`UnknownPermission`].
    pub fn named(name: &str) -> Result<Self, UnknownPermission> {
        let known = KNOWN.iter().find(|(wire, web, _)| *wire == name || *web == name);
        known.map(|(_, _, descriptors)| Self(descriptors)).ok_or_else(|| UnknownPermission(name.to_owned()))
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().flat_map(|(wire, web, _)| [*wire, *web])
    }

    fn descriptors(self) -> impl Iterator<Item = PermissionDescriptor> {
        self.0.iter().map(|name| {
            let (name, special) = name.split_once('+').unwrap_or((name, ""));
            let mut descriptor = PermissionDescriptor::new(name);
            descriptor.sysex = (special == "sysex").then_some(true);
            descriptor.pan_tilt_zoom = (special == "ptz").then_some(true);
            // Without it a page may ask only in a click.
            descriptor.allow_without_sanitization = (name == "clipboard-read").then_some(true);
            descriptor
        })
    }
}

impl Browser {
    /// Grants an origin one permission; what else it was granted stays.
    ///
    /// # Errors
    /// When the browser does not know the permission.
    pub async fn grant(&self, origin: &str, permission: Permission, deadline: Deadline) -> Result<(), Error> {
        let calls = permission.descriptors().map(|descriptor| {
            let mut grant = SetPermissionParams::new(descriptor, PermissionSetting::Granted);
            grant.origin = Some(origin.to_owned());
            grant.browser_context_id = self.context().map(|id| id.to_owned().into());
            Call::of(&grant)
        });
        for reply in self.session.flight(calls.collect::<Vec<_>>(), deadline).await? {
            reply?;
        }
        Ok(())
    }

    /// Takes all granted permissions back.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn reset_permissions(&self, deadline: Deadline) -> Result<(), Error> {
        let browser_context_id = self.context().map(|id| id.to_owned().into());
        self.session.call(Call::of(&ResetPermissionsParams { browser_context_id }), deadline).await?;
        Ok(())
    }
}
