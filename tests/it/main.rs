//! Every test that needs a browser, a socket or a process: one program, so that all share one house.

#![expect(unreachable_pub, reason = "nothing is public in a test program; the word says what is shared")]
#![expect(clippy::unwrap_used, reason = "a test that fails says where by itself")]

mod support;

mod acts;
mod bad_input;
mod batch;
mod canvas;
mod clean;
mod cli;
mod click;
mod clipboard;
mod console;
mod contract;
mod cookies;
mod coords;
mod crash;
mod dialogs;
mod doctor;
mod downloads;
mod drag;
mod editors;
mod effects;
mod errors;
mod evaluate;
mod form;
mod frames;
mod gateway;
mod highlight;
mod hostile;
mod http;
mod instances;
mod kill;
mod launch;
mod launch_faults;
mod lean;
mod navigate;
mod pdf;
mod permissions;
mod policy;
mod ports;
mod press;
mod profiles;
mod protocol;
mod reference;
mod refs;
mod refusals;
mod requests;
mod resize;
mod response_body;
mod screencast;
mod screenshot;
mod settings;
mod snapshot;
mod snapshot_aria;
mod snapshot_budget;
mod snapshot_marks;
mod storage;
mod tabs;
mod text;
mod typing;
mod unchanged;
mod uploads;
mod wait;
mod workers;
