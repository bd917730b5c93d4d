//! One tab's page: what is driven inside it. It must not know browsers, tabs or leases.

pub mod input;
