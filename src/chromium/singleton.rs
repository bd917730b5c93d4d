//! The files by which Chromium itself marks a profile directory as taken, and when they are left-overs.
//! It trusts the caller to hold our lock; without it nothing here may be called.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

/// `SingletonLock` is a symbolic link to `<host>-<pid>`; the other two belong to it (`process_singleton_posix.cc`).
const MARKS: [&str; 3] = ["SingletonLock", "SingletonSocket", "SingletonCookie"];

/// How the temporary folders of the browsers begin that we start.
const FOLDERS: [&str; 4] =
    ["org.chromium.Chromium.", "com.google.Chrome.", "com.brave.Browser.", "com.microsoft.Edge."];

/// Written by a browser with a debugging port, and left behind even by a clean end.
const PORT_FILE: &str = "DevToolsActivePort";

/// Removes what a browser that has ended left in `user_data_dir`. A living browser of this host keeps its marks: it was started
/// by hand, and Chromium tells us so with its exit code.
pub(super) fn remove_stale(user_data_dir: &Path) -> io::Result<()> {
    let owner = fs::read_link(user_data_dir.join(MARKS[0])).ok();
    if owner.is_some_and(|owner| is_alive_here(owner.as_os_str())) {
        return Ok(());
    }
    if let Ok(socket) = fs::read_link(user_data_dir.join(MARKS[1])) {
        remove_socket_folder(&socket);
    }
    for name in MARKS.into_iter().chain([PORT_FILE]) {
        match fs::remove_file(user_data_dir.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// The socket itself lies in a folder of the system's temporary directory (`org.chromium.Chromium.XXXXXX`), and a killed browser
/// leaves it there. What cannot be removed is nobody's loss.
fn remove_socket_folder(socket: &Path) {
    let Some(folder) = socket.parent() else { return };
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let is_chromiums = FOLDERS.iter().any(|start| name.trim_start_matches('.').starts_with(start));
    if is_chromiums && socket.ends_with(MARKS[1]) {
        fs::remove_file(socket).ok();
        fs::remove_file(folder.join(MARKS[2])).ok();
        fs::remove_dir(folder).ok();
    }
}

/// Whether `<host>-<pid>` names a living process. A mark of another host is a left-over too (a container that was made anew has
/// a new name): whoever shares this directory with us over a file system that knows locks would hold ours.
fn is_alive_here(owner: &OsStr) -> bool {
    let Some((host, pid)) = owner.to_str().and_then(|owner| owner.rsplit_once('-')) else { return false };
    let is_here = host_name().is_none_or(|name| name == host);
    is_here && pid.parse().is_ok_and(is_alive)
}

fn host_name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim_end().to_owned())
}

#[cfg(target_os = "linux")]
fn is_alive(pid: u32) -> bool {
    // A zombie has no command line, and holds no profile either.
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[cfg(not(target_os = "linux"))]
fn is_alive(pid: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_folder_of_a_dead_browsers_socket_goes_and_no_other_folder() {
        for (name, is_kept) in [("org.chromium.Chromium.AbCdEf", false), ("precious", true)] {
            let dir = tempfile::tempdir().unwrap();
            let folder = dir.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("SingletonSocket"), "").unwrap();
            symlink("1", folder.join("SingletonCookie")).unwrap();
            symlink(folder.join("SingletonSocket"), dir.path().join("SingletonSocket")).unwrap();
            remove_stale(dir.path()).unwrap();
            assert_eq!(folder.join("SingletonSocket").exists(), is_kept, "{name}");
            assert_eq!(folder.exists(), is_kept, "{name}");
        }
    }

    #[track_caller]
    fn check(owner: &str, is_kept: bool) {
        let dir = tempfile::tempdir().unwrap();
        symlink(owner, dir.path().join("SingletonLock")).unwrap();
        symlink("/nonexistent/socket", dir.path().join("SingletonSocket")).unwrap();
        fs::write(dir.path().join("DevToolsActivePort"), "9222").unwrap();
        remove_stale(dir.path()).unwrap();
        for name in ["SingletonLock", "SingletonSocket", "DevToolsActivePort"] {
            assert_eq!(dir.path().join(name).symlink_metadata().is_ok(), is_kept, "{name} of {owner}");
        }
    }

    #[test]
    fn marks_of_the_dead_and_of_other_hosts_go_and_those_of_the_living_stay() {
        let host = host_name().unwrap_or_else(|| "here".to_owned());
        check(&format!("{host}-{}", std::process::id()), true);
        check(&format!("{host}-4194305"), false); // above the largest pid of Linux
        check("elsewhere-with-dashes-1", false);
        check("garbage", false);
    }
}
