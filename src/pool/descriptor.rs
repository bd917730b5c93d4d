//! What `/json/protocol` tells: the domains of a browser's protocol. Chromium tells it on a port only, and our browsers
//! have none: another one of the same program is started for this one question, in an empty folder, and its answer is
//! kept in the state dir for as long as there is that version.
//! It does not know who asks.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::launch::GRACE;
use crate::cdp::protocol::Version;
use crate::chromium::{self, Executable, LaunchError, LaunchOptions, Launched, Process, UserDataDir};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::instance::{Instance, file};

/// From the question to its answer, with the start of a browser.
const ASKING: Duration = Duration::from_secs(30);
/// Chromium 156 tells 2 MB.
const LONGEST: usize = 64 << 20;

/// Why there is no descriptor.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DescriptorError {
    /// The browser that would tell it cannot be started.
    #[error("the protocol is told by a browser that is started for it, and it did not start: {0}")]
    Launch(Arc<LaunchError>),
    /// The program is another version than the browser that runs.
    #[error("{} is {now} by now, while {running} still runs; stop the browser and start it again", .path.display())]
    Replaced {
        /// The program.
        path: PathBuf,
        /// What it is now.
        now: String,
        /// What runs.
        running: String,
    },
    /// The browser that was started for it told nothing of use.
    #[error("the browser that was started to tell its protocol {0}; ask again, or restart the browser")]
    Silent(String),
}

impl From<LaunchError> for DescriptorError {
    fn from(error: LaunchError) -> Self {
        Self::Launch(Arc::new(error))
    }
}

type Outcome = Result<Bytes, DescriptorError>;

/// The descriptors of all versions that an instance has run.
#[derive(Debug)]
pub(super) struct Descriptors {
    folder: PathBuf,
    config: Arc<Config>,
    launches: Arc<Semaphore>,
    /// Those that are being asked for, by their files; each goes when nobody waits for it any more.
    asked: Mutex<HashMap<PathBuf, WeakShared<BoxFuture<'static, Outcome>>>>,
}

/// The descriptor of one browser's protocol.
#[derive(Debug, Clone)]
pub struct Descriptor {
    all: Arc<Descriptors>,
    executable: Executable,
}

/// What of `/json/version` tells versions apart.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "Browser")]
    product: String,
    #[serde(rename = "WebKit-Version")]
    revision: String,
}

#[derive(Deserialize)]
struct Domains {
    domains: Vec<IgnoredAny>,
}

fn is_whole(text: &[u8]) -> bool {
    serde_json::from_slice::<Domains>(text).is_ok_and(|told| !told.domains.is_empty())
}

impl Descriptor {
    /// The descriptor as JSON text. Whoever asks meanwhile gets the same answer.
    ///
    /// # Errors
    /// [`DescriptorError`] when it cannot be had.
    pub async fn read(&self, version: &Version) -> Result<Bytes, DescriptorError> {
        let path = self.all.path(version);
        match tokio::fs::read(&path).await {
            Ok(kept) if is_whole(&kept) => return Ok(kept.into()),
            Ok(_) | Err(_) => {}
        }
        self.asked(path, version).await
    }

    fn asked(&self, path: PathBuf, version: &Version) -> Shared<BoxFuture<'static, Outcome>> {
        let mut asked = self.all.asked.lock().expect("nothing panics while it is held");
        if let Some(asking) = asked.get(&path).and_then(WeakShared::upgrade) {
            return asking;
        }
        let (one, version, file) = (self.clone(), version.clone(), path.clone());
        let asking = async move {
            let deadline = Deadline::after(ASKING);
            let told = deadline.run(one.ask(&version, deadline)).await;
            let told = told.unwrap_or_else(|_| Err(silent(format!("did not do so within {ASKING:?}"))))?;
            if let Err(error) = file::write_atomic(&file, &told) {
                tracing::warn!(path = %file.display(), %error, "the protocol's descriptor was not kept");
            }
            Ok(told)
        };
        let asking = asking.boxed().shared();
        asked.retain(|_, other| other.upgrade().is_some());
        asked.extend(asking.downgrade().map(|weak| (path, weak)));
        asking
    }

    /// Starts a browser and asks it.
    async fn ask(&self, version: &Version, deadline: Deadline) -> Outcome {
        let Descriptors { folder, config, launches, .. } = &*self.all;
        let folder = folder.join("user-data");
        let _turn = launches.acquire().await.expect("the semaphore is never closed");
        let options = LaunchOptions {
            executable: self.executable.clone(),
            user_data_dir: UserDataDir::lock_empty(&folder, deadline.instant()).await?,
            headless: true,
            no_sandbox: config.browser.no_sandbox,
            debugging_port: true,
            extra_args: config.browser.extra_args.clone(),
            environment: Vec::new(),
        };
        // The pipe's end would be the browser's end.
        let Launched { process, pipe: _pipe } = chromium::launch(options, deadline.instant()).await?;
        let told = self.told_by(&process, version).await;
        let exit = process.terminate(GRACE).await;
        if let Ok(left) = UserDataDir::lock(&folder, deadline.instant()).await {
            left.empty().ok();
        }
        told.unwrap_or_else(|| Err(LaunchError::from_early_exit(exit, process.stderr_tail(), &folder).into()))
    }

    /// What the browser that was started says; `None` when it has ended before.
    async fn told_by(&self, process: &Process, version: &Version) -> Option<Outcome> {
        let port = process.debugging_port().await?;
        let told = async {
            let found: Told = serde_json::from_slice(&fetch(port, "/json/version").await?)
                .map_err(|error| silent(format!("does not say what it is ({error})")))?;
            if !found.revision.contains(&version.revision) {
                let path = self.executable.path.clone();
                let running = version.product.clone();
                return Err(DescriptorError::Replaced { path, now: found.product, running });
            }
            let told = fetch(port, "/json/protocol").await?;
            if is_whole(&told) { Ok(told) } else { Err(silent("told none".to_owned())) }
        };
        tokio::select! {
            told = told => Some(told),
            _ = process.exited() => None,
        }
    }
}

impl Descriptors {
    pub(super) fn new(instance: &Instance, config: Arc<Config>, launches: Arc<Semaphore>) -> Self {
        Self { folder: instance.state("protocol"), config, launches, asked: Mutex::default() }
    }

    /// The descriptor of a browser that runs this program.
    pub(super) fn of(self: &Arc<Self>, executable: &Executable) -> Descriptor {
        Descriptor { all: Arc::clone(self), executable: executable.clone() }
    }

    /// Where that of a version is kept: builds of one version may differ, so both names count.
    fn path(&self, version: &Version) -> PathBuf {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
        let name = format!("{}-{}", version.product, version.revision);
        let name: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).take(120).collect();
        self.folder.join(format!("{}.json", name.trim_start_matches('.')))
    }
}

fn silent(what: String) -> DescriptorError {
    DescriptorError::Silent(what)
}

/// One request to a port of this machine.
async fn fetch(port: u16, path: &str) -> Outcome {
    let failed = |error: &dyn std::fmt::Display| silent(format!("did not answer {path} ({error})"));
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| failed(&error))?;
    let opened = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = opened.map_err(|error| failed(&error))?;
    let request = hyper::Request::get(path).header(HOST, format!("127.0.0.1:{port}"));
    let request = request.body(Empty::<Bytes>::new()).expect("a path and a host");
    let asked = async move {
        let answer = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let whole = Limited::new(answer.into_body(), LONGEST).collect().await;
        Ok(whole.map_err(|error| failed(&error))?.to_bytes())
    };
    // The connection ends when the question is answered; how is told by the answer.
    futures::join!(asked, connection).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_has_domains_and_what_is_cut_is_none() {
        assert!(is_whole(br#"{"version":{},"domains":[{"domain":"Page"}]}"#));
        for text in [r#"{"domains":[]}"#, r#"{"domains":[{"domain":"Pa"#, "{}", ""] {
            assert!(!is_whole(text.as_bytes()), "{text}");
        }
    }
}
