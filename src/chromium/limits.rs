//! What the gateway's own process needs from the kernel before it starts browsers; both are asked for once, at start.
//! It changes this process for good, so only the composition root calls it.

use std::io;

use rustix::process::{Resource, getrlimit, setrlimit};

/// Enough for a browser with a thousand tabs beside the gateway's own sockets; Chromium aborts when it runs out (a browser's
/// main process needs about 140 and 10 for each context). Not the whole hard limit: some systems allow a thousand million, and
/// programs that walk through all possible descriptors exist.
const FILES: u64 = 65_536;

/// Raises the limit of open files, which browsers inherit, towards the hard limit. Gives the limit that holds now.
///
/// # Errors
/// What the system said; the old limit then stays.
pub fn raise_file_limit() -> io::Result<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = FILES.min(limit.maximum.unwrap_or(FILES));
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= wanted {
        return Ok(current);
    }
    limit.current = Some(wanted);
    setrlimit(Resource::Nofile, limit)?;
    Ok(wanted)
}

/// Makes this process the parent of what its browsers leave behind, so that it can reap them: not every PID 1 does, and none
/// does when the gateway itself is PID 1 of a container. Does nothing outside Linux.
///
/// # Errors
/// What the system said; dead browsers may then stay in the process table until this process ends.
pub fn become_subreaper() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}
