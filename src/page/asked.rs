//! Tabs that a page has asked the browser for, as clicks with Control, Shift or the middle button do: Chromium names no
//! opener of such a tab. Pure and bounded.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Tabs that are asked for at a time.
const MOST: usize = 64;
/// How long one may take to come to be; one that does not come is forgotten then.
const COMES: Duration = Duration::from_secs(10);

/// The URLs of tabs that were asked for and are not there yet, and since when; the oldest first.
#[derive(Debug, Default)]
pub(crate) struct AskedTabs(VecDeque<(String, Instant)>);

impl AskedTabs {
    /// One is asked for.
    pub(crate) fn ask(&mut self, url: String, now: Instant) {
        self.0.retain(|(_, at)| now.duration_since(*at) < COMES);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((url, now));
    }

    /// One with this URL is there: whether it is among those that were asked for, which it is not any more.
    pub(crate) fn take(&mut self, url: &str, now: Instant) -> bool {
        let fits = |(known, at): &(String, Instant)| known == url && now.duration_since(*at) < COMES;
        self.0.iter().position(fits).and_then(|place| self.0.remove(place)).is_some()
    }

    /// Whether one that was asked for since that moment is not there yet.
    pub(crate) fn waits(&self, since: Instant) -> bool {
        self.0.iter().any(|(_, at)| *at >= since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tab_is_taken_once_and_in_time() {
        let began = Instant::now();
        let mut asked = AskedTabs::default();
        asked.ask("http://h/a".to_owned(), began);
        asked.ask("http://h/b".to_owned(), began);
        asked.ask("http://h/a".to_owned(), began);
        assert!(asked.take("http://h/a", began) && asked.take("http://h/a", began));
        assert!(!asked.take("http://h/a", began) && !asked.take("http://h/c", began));
        assert!(asked.waits(began) && !asked.waits(began + Duration::from_millis(1)));
        assert!(!asked.take("http://h/b", began + COMES));
        asked.ask("http://h/d".to_owned(), began + COMES);
        assert_eq!(asked.0.len(), 1, "what did not come is forgotten");
    }
}
