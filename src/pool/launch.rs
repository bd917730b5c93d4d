//! From a wish to a running browser: folder, port, process, pipe, takeover. What is half done is undone by drop.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use super::allotment::Wanted;
use super::port::PortLease;
use super::slot::Running;
use super::wish::Wish;
use super::{Error, FrontTasks, Served, Shared};
use crate::browser::{self, Browser, DownloadFolders};
use crate::cdp::{Connection, transport::Pipe};
use crate::chromium::{self, LaunchError, LaunchOptions, Launched, Process, UserDataDir};
use crate::deadline::Deadline;
use crate::instance::Instance;
use crate::profile::{Profile, ProfileName};

/// From the start of the process to its first answer. 8 parallel cold starts took 2.5 s on two busy cores.
const LAUNCH: Duration = Duration::from_secs(30);
/// A browser that must go gets this long after SIGTERM.
pub(super) const GRACE: Duration = Duration::from_secs(2);

pub(super) fn user_data_dir(instance: &Instance, profile: &ProfileName) -> PathBuf {
    instance.state("browser").join(profile.as_str()).join("user-data")
}

/// Starts a profile's browser.
pub(super) async fn launch(
    shared: &Arc<Shared>,
    profile: &Profile,
    headless: Option<bool>,
    numbering: &Arc<AtomicU32>,
) -> Result<Running, Error> {
    let wish = Wish::of(profile, &shared.config.browser, &shared.environment, headless);
    let executable = shared.executable(&wish)?;
    let _turn = shared.launches.acquire().await.expect("the semaphore is never closed");
    let deadline = Deadline::after(LAUNCH);
    let folder = user_data_dir(&shared.instance, &profile.name);
    let user_data_dir = if profile.is_throwaway {
        UserDataDir::lock_empty(&folder, deadline.instant()).await?
    } else {
        UserDataDir::lock(&folder, deadline.instant()).await?
    };
    let wanted = shared.allotments.wanted(profile);
    let port = PortLease::allot(profile.name.as_str(), wanted, &shared.range(profile))?;
    // Browsers of the pool come and go: a port kept for each of them would be one that no other instance gets.
    if !matches!(wanted, Wanted::Pinned(_)) && !profile.is_throwaway {
        shared.allotments.note(profile, port.number());
        shared.ledger.keep(&profile.name, port.number());
    }
    let options = LaunchOptions {
        executable: executable.clone(),
        user_data_dir,
        headless: wish.headless,
        no_sandbox: shared.config.browser.no_sandbox,
        debugging_port: false,
        extra_args: shared.config.browser.extra_args.clone(),
        environment: Vec::new(),
    };
    let Launched { process, pipe } = chromium::launch(options, deadline.instant()).await?;
    let settings = browser::Settings {
        guard: shared.guard.clone(),
        numbering: Arc::clone(numbering),
        is_headless: wish.headless,
        downloads: DownloadFolders {
            arriving: folder.with_file_name("downloads"),
            complete: shared.instance.state("media/downloads"),
        },
    };
    let opened = take_over(&process, pipe, settings, deadline).await;
    let browser = match opened {
        Ok(browser) => browser,
        Err(error) => return Err(explain(error, &process, folder).await),
    };
    port.occupy(&shared.ledger, &profile.name, process.pid());
    let front = FrontTasks::default();
    let served = Served {
        profile: profile.name.clone(),
        auth: profile.cdp_auth,
        port: port.clone(),
        browser: browser.clone(),
        leases: shared.leases.clone(),
        descriptor: shared.descriptors.of(&executable),
    };
    shared.front.serve(&served, &front);
    front.tracker.close();
    let guard = Arc::new(front.stop.clone().drop_guard());
    Ok(Running {
        browser,
        process,
        port,
        wish,
        executable,
        user_data_dir: folder,
        run: random_name(),
        front,
        _front_guard: guard,
    })
}

/// 32 hex digits that nobody has had before.
pub(super) fn random_name() -> Arc<str> {
    let mut bytes = [0; 16];
    // Without randomness the pid still tells runs of one gateway apart.
    getrandom::fill(&mut bytes).ok();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

async fn take_over(
    process: &Process,
    pipe: chromium::PipeEnds,
    settings: browser::Settings,
    deadline: Deadline,
) -> Result<Browser, Option<browser::Error>> {
    let pipe = Pipe::new(pipe.to_browser, pipe.from_browser)
        .map_err(|e| Some(crate::cdp::Error::Closed(e.to_string().into()).into()))?;
    let connection = Connection::open(pipe);
    tokio::select! {
        opened = Browser::open(connection, settings, deadline) => opened.map_err(Some),
        _ = process.exited() => Err(None),
    }
}

/// Why the takeover failed: usually because the process ended, and its last words tell more than the pipe does.
async fn explain(error: Option<browser::Error>, process: &Process, folder: PathBuf) -> Error {
    let hung = matches!(&error, Some(browser::Error::Cdp(crate::cdp::Error::Timeout { .. })));
    // A closed pipe usually is a process that is just about to end by itself.
    let grace = if hung { Duration::ZERO } else { Duration::from_secs(1) };
    let ended_by_itself = Deadline::after(grace).run(process.exited()).await.is_ok();
    let exit = process.terminate(GRACE).await;
    let stderr = process.stderr_tail();
    match error {
        _ if ended_by_itself => LaunchError::from_early_exit(exit, stderr, &folder).into(),
        None => LaunchError::from_early_exit(exit, stderr, &folder).into(),
        Some(_) if hung => LaunchError::Timeout { after: LAUNCH, stderr }.into(),
        Some(error) => Error::Takeover(error),
    }
}
