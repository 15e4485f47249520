//! Private network, mount and user namespaces for tests that change the network
//! for real, and pictures of it to compare.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails loudly and says when it is skipped"
)]

pub(crate) mod resolved;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Runs the body of the calling test in fresh namespaces: a link `eth0` with
/// an address and a default route, writable copies of `/etc` and `/run`.
pub(crate) fn in_namespaces(body: impl AsyncFnOnce()) {
    if !spoke_needs::inside(spoke_needs::FILES) {
        return;
    }
    prepare();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(body());
}

/// Runs a program and returns what it prints.
pub(crate) fn run(line: &str) -> String {
    let mut words = line.split_whitespace();
    let output = Command::new(words.next().unwrap())
        .args(words)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}: {stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Everything of the network that Spoke could have left something in. The kernel
/// does some of its own part later, so it is looked at until it stands still.
pub(crate) fn picture() -> String {
    let mut last = String::new();
    loop {
        settle();
        let now = glance();
        if now == last {
            return now;
        }
        last = now;
        std::thread::sleep(Duration::from_millis(40));
    }
}

fn glance() -> String {
    let commands = [
        "ip -j -details addr",
        "ip -j -4 route show table all",
        "ip -j -6 route show table all",
        "ip -j -4 rule",
        "ip -j -6 rule",
    ];
    let mut all: String = commands.iter().map(|line| sorted(&run(line))).collect();
    all.push_str(&file_picture("/etc/resolv.conf"));
    all.push_str(&run("ls -A /etc"));
    all
}

/// Compares two pictures and shows only the lines in which they differ.
pub(crate) fn assert_same(now: &str, before: &str, when: &str) {
    let only = |here: &str, there: &str| -> String {
        let lines = here
            .lines()
            .filter(|line| !there.lines().any(|other| other == *line));
        lines.map(|line| format!("  {line}\n")).collect()
    };
    let (added, missing) = (only(now, before), only(before, now));
    assert!(now == before, "{when}:\nadded\n{added}missing\n{missing}");
}

/// What stands at a path: its kind, mode and bytes, or where it points.
pub(crate) fn file_picture(path: &str) -> String {
    let Ok(kind) = fs::symlink_metadata(path) else {
        return format!("{path}: nothing\n");
    };
    if kind.is_symlink() {
        return format!("{path} -> {}\n", fs::read_link(path).unwrap().display());
    }
    let bytes = fs::read(path).unwrap();
    format!("{path} {:o} {bytes:?}\n", kind.permissions().mode())
}

/// The entries of a list, one a line, in an order that does not depend on when they
/// were added.
fn sorted(json: &str) -> String {
    let list: Vec<serde_json::Value> = serde_json::from_str(json).expect(json);
    let mut lines: Vec<String> = list.iter().map(ToString::to_string).collect();
    lines.sort();
    lines.join("\n") + "\n"
}

/// Waits until the kernel has done with the link-local addresses that it makes by
/// itself when a link goes up.
fn settle() {
    for _ in 0..100 {
        if !run("ip -6 addr show").contains("tentative") {
            return;
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    panic!("addresses stay tentative");
}

fn prepare() {
    run("mount --make-rprivate /");
    run("mount -t tmpfs tmpfs /run");
    run("mkdir -m 755 /run/etc");
    for name in [
        "passwd",
        "group",
        "hosts",
        "nsswitch.conf",
        "ld.so.cache",
        "iproute2",
    ] {
        let from = format!("/etc/{name}");
        if Path::new(&from).exists() {
            run(&format!("cp -rL {from} /run/etc/{name}"));
        }
    }
    run("mount --bind /run/etc /etc");
    fs::write("/etc/resolv.conf", "nameserver 192.168.1.1\nsearch lan\n").unwrap();
    run("ip link set lo up");
    run("ip link add eth0 type veth peer name far0");
    run(
        "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.far0.accept_dad=0",
    );
    run("ip addr add 192.168.1.10/24 dev eth0");
    run("ip link set eth0 up");
    run("ip link set far0 up");
    run("ip route add default via 192.168.1.1 dev eth0");
    run("ip route add 10.9.0.0/16 via 192.168.1.2 dev eth0 metric 100");
    run("ip -6 addr add fd77::10/64 dev eth0");
    run("ip -6 route add default via fd77::1 dev eth0");
    settle();
}
