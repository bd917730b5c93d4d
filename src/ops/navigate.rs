//! Going somewhere, and the size of the window onto it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::{Done, DownloadRow};
use super::{Access, Code, Error, Operation, Route, Scope, Window, argument, bits};
use crate::browser;
use crate::deadline::Deadline;
use crate::service::{Service, Tab};

/// The largest viewport side (contract 8.2).
pub(super) const LARGEST_SIDE: u64 = 8192;

/// Goes to a URL in a tab and waits until it has loaded.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Navigate {
    /// The URL: http, https or about:blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "url")]
    pub url: Option<String>,
}

/// A navigation is over.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Navigated {
    /// The tab.
    #[serde(flatten)]
    pub done: Done,
    /// The file, when the URL led to one; the tab stays where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download: Option<DownloadRow>,
}

impl Navigate {
    fn read(&self) -> Result<&str, Error> {
        let url = bits::said(self.url.as_ref());
        url.ok_or_else(|| Error::field(Code::InvalidRequest, "url", "url is required"))
    }
}

impl Operation for Navigate {
    const NAME: &'static str = "navigate";
    const ROUTE: Route = Route::Post("/navigate");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window { default: 20_000, least: 1_000, most: 120_000 };
    const TELLS_EFFECTS: bool = true;
    type On = Tab;
    type Output = Navigated;

    fn check(&self, service: &Service, _: &Scope) -> Result<(), Error> {
        let judged = service.policy().navigation(self.read()?);
        judged.map_err(|refusal| Error::from(refusal).of("url"))?;
        Ok(())
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Navigated, Error> {
        let mark = tab.mark();
        tab.page().arm(deadline).await;
        let download = match tab.browser.navigate(tab.page(), self.read()?, deadline).await {
            Ok(download) => download.as_ref().map(DownloadRow::from),
            Err(browser::Error::Page(error)) => return Err(tab.failed(error, &mark).await),
            Err(error) => return Err(error.into()),
        };
        let done = tab.done(&mark).await;
        let done = match &download {
            // It is told by itself.
            Some(download) => Done { url: download.url.clone(), downloads: Vec::new(), ..done },
            None => done,
        };
        Ok(Navigated { done, download })
    }

    fn text(&self, Navigated { done, download }: &Navigated) -> String {
        match download {
            Some(download) => format!("downloaded: {}", download.path),
            None => format!("navigated to {}", done.url),
        }
    }
}

/// Sets the size of a tab's viewport.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Resize {
    /// Width in CSS pixels (1 to 8192).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "width", value_parser = argument::side)]
    pub width: Option<u64>,
    /// Height in CSS pixels (1 to 8192).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "height", value_parser = argument::side)]
    pub height: Option<u64>,
}

impl Resize {
    fn read(&self) -> Result<(u32, u32), Error> {
        let side = |name: &str, value: Option<u64>| match value {
            None | Some(0) => Err(bits::invalid(name, "resize requires positive width and height")),
            Some(value) if value > LARGEST_SIDE => {
                Err(bits::invalid(name, format!("resize width and height must not exceed {LARGEST_SIDE}")))
            }
            Some(value) => Ok(u32::try_from(value).unwrap_or(u32::MAX)),
        };
        Ok((side("width", self.width)?, side("height", self.height)?))
    }
}

impl Operation for Resize {
    const NAME: &'static str = "resize";
    const COMMANDS: &'static [&'static str] = &["resize", "set viewport"];
    const ROUTE: Route = Route::Act("resize");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let size = self.read()?;
        let mark = tab.mark();
        tab.page().arm(deadline).await;
        tab.disguise(|guise| guise.viewport = Some(size), deadline).await?;
        Ok(tab.done(&mark).await)
    }

    fn text(&self, _: &Done) -> String {
        format!("resized to {}x{}", self.width.unwrap_or_default(), self.height.unwrap_or_default())
    }
}
