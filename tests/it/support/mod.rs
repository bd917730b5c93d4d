//! What tests stand on: a house (a gateway of its own folders and ports), a site (pages to look at), and the built
//! program. Tests speak through these; none reaches into inner types.

pub mod house;
pub mod processes;
pub mod program;
pub mod site;
pub mod wire;

use std::future::Future;
use std::sync::LazyLock;

pub use house::House;
pub use site::Site;

/// One runtime for the whole test process: the shared house outlives every single test.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads for the tests")
});

/// Runs a test.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    RUNTIME.block_on(test)
}

/// Whether tests that have a long form should run it.
pub fn is_long() -> bool {
    std::env::var_os("OPENCLAW_LONG").is_some_and(|word| word == "1")
}
