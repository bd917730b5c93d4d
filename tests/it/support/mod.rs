//! What tests stand on: a house (a gateway of its own folders and ports), a site (pages to look at), and the built
//! program. Tests speak through these; none reaches into inner types.

pub mod cdp;
pub mod house;
pub mod page;
pub mod processes;
pub mod program;
pub mod site;
pub mod wire;

use std::future::Future;
use std::sync::LazyLock;
use std::time::Duration;

pub use house::{Answer, House, Tab};
pub use site::{End, Site};

/// One runtime for the whole test process: the shared house outlives every single test.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads for the tests")
});

/// How long a test may take; one that hangs fails by its name instead of holding up all.
const LONGEST: Duration = Duration::from_secs(180);
/// The same for the long forms.
const LONGEST_LONG: Duration = Duration::from_secs(3 * 3600);

/// Runs a test.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let longest = if is_long() { LONGEST_LONG } else { LONGEST };
    RUNTIME.block_on(async { tokio::time::timeout(longest, test).await.expect("the test ends in time") })
}

/// Whether tests that have a long form should run it.
pub fn is_long() -> bool {
    std::env::var_os("OPENCLAW_LONG").is_some_and(|word| word == "1")
}
