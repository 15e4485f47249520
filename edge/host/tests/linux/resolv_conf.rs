//! `/etc/resolv.conf` in every form in which hosts have it, replaced and restored.
#![expect(clippy::unwrap_used, reason = "a test may")]

use super::support::{file_picture, in_namespaces, run};
use spoke_host::{Host, HostError, HostEvent, Outcome, Watch};
use spoke_plan::{
    Change, DnsSetup, FileState, HostView, Journal, Mechanism, Platform, Policy, Pushed, Situation,
    Wanted, diff, plan, recover,
};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::time::Duration;

const PATH: &str = "/etc/resolv.conf";

#[test]
fn a_file_comes_back_with_its_bytes_and_mode() {
    in_namespaces(async || {
        fs::write(PATH, b"# B\xfcro\nnameserver 192.168.1.1\n").unwrap();
        fs::set_permissions(PATH, fs::Permissions::from_mode(0o640)).unwrap();
        fs::write("/etc/.resolv.conf.spoke", "left by a crash").unwrap();
        there_and_back("nameserver 10.20.0.4\nnameserver 192.168.1.1\n").await;
        let mode = fs::metadata(PATH).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o640);
    });
}

#[test]
fn a_foreign_link_comes_back_as_the_link_it_was() {
    in_namespaces(async || {
        fs::create_dir("/run/NetworkManager").unwrap();
        let real = "/run/NetworkManager/resolv.conf";
        fs::write(real, "nameserver 192.168.1.1\nsearch lan\n").unwrap();
        fs::remove_file(PATH).unwrap();
        symlink("../run/NetworkManager/resolv.conf", PATH).unwrap();
        let ours = "nameserver 10.20.0.4\nnameserver 192.168.1.1\nsearch lan\n";
        there_and_back(ours).await;
        let text = fs::read_to_string(real).unwrap();
        assert_eq!(
            text, "nameserver 192.168.1.1\nsearch lan\n",
            "it belongs to another"
        );
    });
}

#[test]
fn a_link_to_nothing_comes_back() {
    in_namespaces(async || {
        fs::remove_file(PATH).unwrap();
        symlink("/run/not/there", PATH).unwrap();
        there_and_back("nameserver 10.20.0.4\n").await;
    });
}

#[test]
fn a_missing_file_is_missing_again() {
    in_namespaces(async || {
        fs::remove_file(PATH).unwrap();
        there_and_back("nameserver 10.20.0.4\n").await;
    });
}

#[test]
fn a_mounted_file_stays_mounted() {
    in_namespaces(async || {
        fs::write("/run/mounted", "nameserver 127.0.0.11\noptions ndots:0\n").unwrap();
        run("mount --bind /run/mounted /etc/resolv.conf");
        let inode = fs::metadata(PATH).unwrap().ino();
        let text = "nameserver 10.20.0.4\nnameserver 127.0.0.11\noptions ndots:0\n";
        there_and_back(text).await;
        assert_eq!(fs::metadata(PATH).unwrap().ino(), inode);
        assert!(!fs::exists("/etc/.resolv.conf.spoke").unwrap());

        run("mount -o remount,ro,bind /etc");
        there_and_back(text).await;
    });
}

#[test]
fn a_file_that_cannot_be_written_is_told() {
    in_namespaces(async || {
        run("mount -o remount,ro,bind /etc");
        let host = Host::open().unwrap();
        let change = to_set(&host.view().await.unwrap(), &Wanted::nothing());
        let error = host.apply(&change).await.unwrap_err().to_string();
        assert!(
            error.starts_with("replace /etc/resolv.conf: /etc/resolv.conf: "),
            "{error}"
        );
        assert!(
            error.ends_with("it is on a file system that is mounted read-only"),
            "{error}"
        );
    });
}

#[test]
fn what_another_program_wrote_meanwhile_is_not_lost() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let change = to_set(&host.view().await.unwrap(), &Wanted::nothing());
        let foreign = "nameserver 192.168.1.99\n";

        fs::write(PATH, foreign).unwrap();
        let error = host.apply(&change).await.unwrap_err();
        assert!(matches!(error, HostError::Superseded { .. }), "{error}");

        let change = to_set(&host.view().await.unwrap(), &Wanted::nothing());
        assert_eq!(host.apply(&change).await.unwrap(), Outcome::Done);
        fs::write(PATH, "nameserver 192.168.1.98\n").unwrap();
        assert_eq!(host.apply(&change.undo()).await.unwrap(), Outcome::NotOurs);
        assert_eq!(
            fs::read_to_string(PATH).unwrap(),
            "nameserver 192.168.1.98\n"
        );
    });
}

#[test]
fn a_file_of_ours_that_someone_added_to_is_still_taken_back() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let before = file_picture(PATH);
        let change = to_set(&host.view().await.unwrap(), &Wanted::nothing());
        host.apply(&change).await.unwrap();
        let ours = fs::read_to_string(PATH).unwrap();
        fs::write(PATH, ours + "options timeout:1\n").unwrap();
        assert_eq!(host.apply(&change.undo()).await.unwrap(), Outcome::Done);
        assert_eq!(file_picture(PATH), before);
    });
}

/// Sets DNS, looks, takes it back; and once more by way of a crash, in which also
/// the half-written neighbour may be left.
async fn there_and_back(text: &str) {
    let host = Host::open().unwrap();
    let before = file_picture(PATH);
    let view = host.view().await.unwrap();
    let change = to_set(&view, &Wanted::nothing());
    assert_eq!(host.apply(&change).await.unwrap(), Outcome::Done);
    assert_eq!(host.apply(&change).await.unwrap(), Outcome::AlreadySo);
    let standing = fs::read_to_string(PATH).unwrap();
    let (first, rest) = standing.split_once('\n').unwrap();
    assert!(first.starts_with("# Written by Spoke"), "{first}");
    assert_eq!(rest, text);
    assert_eq!(host.apply(&change.undo()).await.unwrap(), Outcome::Done);
    assert_eq!(
        host.apply(&change.undo()).await.unwrap(),
        Outcome::AlreadySo
    );
    assert_eq!(file_picture(PATH), before);

    let mut journal = Journal::new(view.boot_id);
    assert!(journal.record(&change));
    host.apply(&change).await.unwrap();
    let written = serde_json::to_string(&journal).unwrap();
    let journal: Journal = serde_json::from_str(&written).unwrap();
    for change in recover(&journal, &host.view().await.unwrap()) {
        assert_eq!(host.apply(&change).await.unwrap(), Outcome::Done);
    }
    assert_eq!(file_picture(PATH), before, "after a crash");
}

fn to_set(view: &HostView, applied: &Wanted) -> Change {
    let wanted = plan(&Situation {
        view,
        policy: &Policy {
            dns_servers: vec!["10.20.0.4".parse().unwrap()],
            ..Policy::default()
        },
        pushed: &Pushed::default(),
        interface: "spoke0",
        gateway: None,
        applied,
    })
    .wanted;
    let changes = diff(applied, &wanted);
    let found = changes
        .into_iter()
        .find(|change| matches!(change, Change::SetResolvConf { .. }));
    let standing = match &view.platform {
        Platform::Linux(linux) => Some(&linux.resolv_conf),
        Platform::MacOs(_) => None,
    };
    let original = match wanted.dns.as_ref().map(DnsSetup::how) {
        Some(Mechanism::ResolvConf { original, .. }) => original.clone(),
        _ => FileState::Missing,
    };
    assert_eq!(Some(&original), standing);
    found.unwrap()
}

#[test]
fn what_is_written_to_a_mounted_file_is_heard() {
    in_namespaces(async || {
        fs::write("/run/mounted", "nameserver 127.0.0.11\n").unwrap();
        run("mount --bind /run/mounted /etc/resolv.conf");
        let mut watch = Watch::open().unwrap();
        fs::write("/run/mounted", "nameserver 127.0.0.12\n").unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(5), watch.next());
        assert_eq!(heard.await.unwrap(), Some(HostEvent::Service));
    });
}
