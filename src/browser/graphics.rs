//! How a browser draws: asked once, for it does not change while the browser runs.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::Browser;
use crate::cdp::protocol::system::{GetSystem, Gpu, System};
use crate::deadline::Deadline;

/// How a browser draws.
#[derive(Debug, Clone)]
pub struct Graphics {
    /// When it was asked.
    pub observed_at: SystemTime,
    /// What it said.
    pub gpu: Gpu,
}

/// Renderers that draw on the processor.
const SOFTWARE: &[&str] = &["swiftshader", "llvmpipe", "softpipe", "basic render"];

impl Browser {
    /// How this browser draws; none when it does not say in time.
    pub async fn graphics(&self, deadline: Deadline) -> Option<Graphics> {
        let ask = async || {
            let System { gpu } = self.session.send(&GetSystem {}, deadline).await?;
            Ok::<_, crate::cdp::Error>(Graphics { observed_at: SystemTime::now(), gpu })
        };
        self.graphics.get_or_try_init(ask).await.cloned().ok()
    }
}

impl Graphics {
    /// `software`, `hardware`, or `unknown`.
    pub fn acceleration(&self) -> &'static str {
        let renderer = self.gpu.aux_attributes.gl_renderer.to_ascii_lowercase();
        match () {
            () if renderer.is_empty() => "unknown",
            () if SOFTWARE.iter().any(|name| renderer.contains(name)) => "software",
            () => "hardware",
        }
    }

    /// Features that are not drawn by hardware, and why.
    pub fn disabled(&self) -> BTreeMap<&str, &str> {
        let is_off = |status: &&String| status.starts_with("disabled") || status.starts_with("unavailable");
        let features = self.gpu.feature_status.iter();
        features.filter(|(_, status)| is_off(status)).map(|(name, status)| (&**name, &**status)).collect()
    }

    /// All of it in one line.
    pub fn summary(&self) -> String {
        let Gpu { devices, aux_attributes: aux, video_decoding, video_encoding, .. } = &self.gpu;
        let mut parts = vec![self.acceleration().to_owned()];
        let mut add = |name: &str, text: &str| {
            if !text.is_empty() {
                parts.push(format!("{name} {text}"));
            }
        };
        add("renderer", &aux.gl_renderer);
        add("backend", &aux.gl_implementation_parts);
        add("device", devices.first().map_or("", |device| &device.device_string));
        parts.push(format!("video decode {}, encode {}", video_decoding.len(), video_encoding.len()));
        parts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_it_draws() {
        let told = r#"{"gpu": {
            "devices": [{"vendorId": 65535, "deviceId": 65535, "deviceString": "SwiftShader Device"}],
            "auxAttributes": {"glRenderer": "ANGLE (SwiftShader)", "glImplementationParts": "(gl=egl-angle)"},
            "featureStatus": {"2d_canvas": "unavailable_software", "webgl": "enabled", "vulkan": "disabled_off"},
            "videoDecoding": [{"profile": "H264"}], "newField": {}
        }}"#;
        let System { gpu } = serde_json::from_str(told).unwrap();
        let graphics = Graphics { observed_at: SystemTime::UNIX_EPOCH, gpu };
        let line = "software; renderer ANGLE (SwiftShader); backend (gl=egl-angle); device SwiftShader Device; video \
                    decode 1, encode 0";
        assert_eq!(graphics.summary(), line);
        let disabled: Vec<_> = graphics.disabled().into_iter().collect();
        assert_eq!(disabled, [("2d_canvas", "unavailable_software"), ("vulkan", "disabled_off")]);
        let nothing = Graphics { observed_at: SystemTime::UNIX_EPOCH, gpu: Gpu::default() };
        assert_eq!(nothing.summary(), "unknown; video decode 0, encode 0");
    }
}
