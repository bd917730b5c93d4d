//! How much memory a browser uses: that of all processes of its group.

use std::fs;

/// Bytes that the processes of a group use, what they share counted in parts (PSS of `/proc/<pid>/smaps_rollup`,
/// proc_pid_smaps(5)); none where the system does not tell.
pub async fn memory_of_group(leader: u32) -> Option<u64> {
    // Reading maps of large processes takes milliseconds each.
    tokio::task::spawn_blocking(move || sum(leader)).await.ok().flatten()
}

fn sum(leader: u32) -> Option<u64> {
    let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let members = pids.filter(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        group_of(&stat) == Some(leader)
    });
    let used: Vec<u64> = members
        .filter_map(|pid| proportional(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?))
        .collect();
    if used.is_empty() { None } else { Some(used.iter().sum()) }
}

/// The process group in `/proc/<pid>/stat`: the third word behind the name, which may hold anything.
fn group_of(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}

fn proportional(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_read() {
        assert_eq!(group_of("12 (a) b) c) S 1 77 5 0"), Some(77));
        assert_eq!(group_of(""), None);
        assert_eq!(proportional("1-2 r\nRss: 9 kB\nPss:      12 kB\nPss_Dirty: 1 kB\n"), Some(12 * 1024));
    }

    #[tokio::test]
    async fn a_group_that_is_there_uses_memory_and_one_that_is_not_is_unknown() {
        let own = rustix::process::getpgid(None).expect("a group").as_raw_nonzero().get();
        let used = memory_of_group(own.unsigned_abs()).await;
        assert!(used.is_some_and(|used| used > 1 << 20), "{used:?}");
        assert_eq!(memory_of_group(u32::MAX).await, None);
    }
}
