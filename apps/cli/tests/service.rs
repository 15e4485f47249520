//! `spoke daemon install` and `uninstall` in another root than the machine's own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use support::Person;

#[test]
fn what_is_installed_is_removed_again_and_nothing_else() {
    let person = Person::new();
    let root = person.path("root");
    let system = root.join("etc/systemd/system");
    fs::create_dir_all(&system).unwrap();
    fs::write(system.join("other.service"), "[Unit]\n").unwrap();
    let daemon = person.write("spoked", "");
    let daemon = daemon.to_str().unwrap();
    let below = ["--root", root.to_str().unwrap()];

    let install = [&["daemon", "install", "--program", daemon][..], &below].concat();
    for _ in 0..2 {
        let done = person.run(&install);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert!(done.stdout.contains("/etc/systemd/system/spoked.service"));
        assert!(!done.stdout.contains("systemctl"), "{}", done.stdout);
    }
    let unit = system.join("spoked.service");
    let text = fs::read_to_string(&unit).unwrap();
    assert!(text.contains(&format!("\nExecStart={daemon}\n")), "{text}");
    let mode = fs::metadata(&unit).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);

    let uninstall = [&["daemon", "uninstall"][..], &below].concat();
    for _ in 0..2 {
        let done = person.run(&uninstall);
        assert_eq!(done.code, 0, "{}", done.stderr);
    }
    let left: Vec<_> = fs::read_dir(&system)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["other.service"]);
}
