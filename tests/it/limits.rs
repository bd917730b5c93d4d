//! A host that gives little: few open files. Sessions live on, and who was kept waiting is served when others go.

use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;

use crate::support::house::{folder, free_base};
use crate::support::processes::{assert_none, until};
use crate::support::program::{GatewayProcess, openclaw};
use crate::support::{House, run};

/// A gateway that starts with these limits of open files, as `ulimit` spells them.
fn limited(house: &House, limits: &str) -> GatewayProcess {
    let plain = openclaw(&house.home);
    let mut command = Command::new("sh");
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.arg("-c").arg(format!("ulimit {limits} && exec \"$0\" gateway")).arg(plain.get_program());
    GatewayProcess::of(command)
}

/// The soft limit of open files of a process.
fn files(pid: u64) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = text.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap()
}

#[test]
fn a_browser_gets_enough_files_whatever_shell_the_gateway_came_from() {
    run(async {
        let house = House::empty_at(folder(), free_base(), json!({}));
        let gateway = limited(&house, "-Sn 64");
        house.post("/start", json!({})).await.ok();
        let pid = house.get("/").await.ok()["pid"].as_u64().unwrap();
        // Chromium raises its own limit to 8192 by itself; more than that it has from the gateway.
        let (own, browsers) = (files(gateway.pid().into()), files(pid));
        assert!(own >= 8192 && browsers >= own, "{own} for the gateway, {browsers} for its browser");
        assert!(gateway.terminate().success());
        assert_none(&house.home);
    });
}

#[test]
fn a_gateway_without_files_keeps_its_clients_and_takes_new_ones_when_others_go() {
    run(async {
        for limit in [64, 128, 256] {
            let house = House::empty_at(folder(), free_base(), json!({}));
            let gateway = limited(&house, &format!("-Sn {limit} && ulimit -Hn {limit}"));
            let open = || std::fs::read_dir(format!("/proc/{}/fd", gateway.pid())).unwrap().count();
            // Kept alive by the client: a session that stands before the files run out.
            house.get("/profiles").await.ok();
            let mut crowd = Vec::new();
            for _ in 0..limit {
                crowd.push(TcpStream::connect(("127.0.0.1", house.base + 2)).await.unwrap());
            }
            assert!(
                until(Duration::from_secs(10), || open() >= limit).await.is_some(),
                "{} are open",
                open()
            );
            let begin = busy(gateway.pid());
            house.get("/profiles").await.ok();
            let waited = tokio::time::timeout(Duration::from_secs(2), newcomer(&house)).await;
            assert!(waited.is_err(), "nobody is left to answer a new client with {limit} files");
            assert!(busy(gateway.pid()) - begin < 50, "it spins while it has no files");
            drop(crowd);
            let answer = tokio::time::timeout(Duration::from_secs(10), newcomer(&house)).await;
            assert_eq!(answer.expect("it recovers"), 200, "{limit}");
            assert!(gateway.terminate().success());
        }
    });
}

/// What a client gets that has no connection yet.
async fn newcomer(house: &House) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{}/profiles", house.control())).bearer_auth(&house.token);
    request.send().await.unwrap().status().as_u16()
}

/// Clock ticks (10 ms each) that a process has computed.
fn busy(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let facts: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    facts[11].parse::<u64>().unwrap() + facts[12].parse::<u64>().unwrap()
}
