//! Files against the real file system: permissions, links, full disks, crashes.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use proptest::prelude::*;
use spoke_store::{Access, AtomicFile, FileLock, PrivateDir, StoreError};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_written_file_is_there_with_its_mode_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    for (access, wanted) in [(Access::Private, 0o600), (Access::Shared, 0o644)] {
        let file = AtomicFile::new(folder.path().join("state.json"), access);
        file.write(b"first").unwrap();
        file.write(b"second").unwrap();
        assert_eq!(file.read().unwrap().unwrap().as_slice(), b"second");
        assert_eq!(mode(file.path()), wanted);
        assert_eq!(names(folder.path()), ["state.json"]);
    }
}

#[test]
fn a_mode_that_was_opened_by_hand_is_closed_by_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let file = AtomicFile::new(folder.path().join("secret"), Access::Private);
    file.write(b"1").unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o666)).unwrap();
    file.write(b"2").unwrap();
    assert_eq!(mode(file.path()), 0o600);
}

#[test]
fn a_missing_file_reads_as_none_and_removes_without_complaint() {
    let folder = tempfile::tempdir().unwrap();
    let file = AtomicFile::new(folder.path().join("none"), Access::Private);
    assert!(file.read().unwrap().is_none());
    file.remove().unwrap();
    file.write(b"x").unwrap();
    file.remove().unwrap();
    assert!(file.read().unwrap().is_none());
}

#[test]
fn links_and_folders_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    fs::write(&target, "precious").unwrap();
    let link = folder.path().join("link");
    symlink(&target, &link).unwrap();
    let dangling = folder.path().join("dangling");
    symlink(folder.path().join("nowhere"), &dangling).unwrap();
    let directory = folder.path().join("directory");
    fs::create_dir(&directory).unwrap();
    for (path, what) in [
        (&link, "a symbolic link"),
        (&dangling, "a symbolic link"),
        (&directory, "a folder"),
    ] {
        let file = AtomicFile::new(path, Access::Private);
        for result in [file.write(b"new"), file.read().map(drop)] {
            match result {
                Err(StoreError::NotAFile { found, .. }) => assert_eq!(found, what),
                other => panic!("{path:?}: {other:?}"),
            }
        }
    }
    assert_eq!(fs::read(&target).unwrap(), b"precious");
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn a_pipe_does_not_hang_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let error = AtomicFile::new(&path, Access::Private).read().unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::NotAFile {
                found: "a pipe",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_overlong_file_is_not_swallowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = AtomicFile::new(&path, Access::Private).read().unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }), "{error}");
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = AtomicFile::new(folder.path().join("missing/file"), Access::Private);
    let error = file.write(b"x").unwrap_err().to_string();
    assert!(
        error.contains("cannot create") && error.contains("missing"),
        "{error}"
    );
}

/// A crash before the rename leaves a temporary file: the old content counts, and
/// the next opening of the folder clears up, but not after a writer that still runs.
#[test]
fn what_a_dead_writer_left_is_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    let directory = PrivateDir::create(folder.path().join("state")).unwrap();
    let file = directory.file("journal", Access::Private);
    file.write(b"old").unwrap();
    let mut child = Command::new("true").stdout(Stdio::null()).spawn().unwrap();
    let dead = child.id();
    child.wait().unwrap();
    let alive = std::process::id();
    for name in [
        format!(".journal.tmp-{dead}-0"),
        format!(".journal.tmp-{alive}-77"),
        ".journal.tmp-x-0".to_owned(),
        "notes.tmp-1-0".to_owned(),
    ] {
        fs::write(directory.path().join(name), "half").unwrap();
    }
    assert_eq!(file.read().unwrap().unwrap().as_slice(), b"old");
    PrivateDir::create(directory.path()).unwrap();
    assert_eq!(
        names(directory.path()),
        [
            format!(".journal.tmp-{alive}-77"),
            ".journal.tmp-x-0".to_owned(),
            "journal".to_owned(),
            "notes.tmp-1-0".to_owned(),
        ]
    );
    assert_eq!(directory.names("l").unwrap(), ["journal"]);
}

#[test]
fn a_private_folder_is_made_private_and_refused_when_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b");
    assert_eq!(PrivateDir::open(&path).unwrap(), None);
    PrivateDir::create(&path).unwrap();
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&folder.path().join("a")), 0o700);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o770)).unwrap();
    let error = PrivateDir::create(&path).unwrap_err().to_string();
    assert!(
        error.contains("mode 0770") && error.contains("chmod 0700"),
        "{error}"
    );
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(PrivateDir::open(&file).is_err());
    if nix::unistd::geteuid().is_root() {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
        let error = PrivateDir::create(&path).unwrap_err().to_string();
        assert!(error.contains("belongs to user 12345"), "{error}");
    } else {
        println!("skipped: only root can give a folder away");
    }
}

#[test]
fn a_lock_keeps_others_out_until_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let lock = FileLock::try_acquire(&path).unwrap().unwrap();
    assert!(FileLock::try_acquire(&path).unwrap().is_none());
    assert_eq!(FileLock::holder(&path), Some(std::process::id()));
    drop(lock);
    let again = FileLock::acquire(&path).unwrap();
    assert_eq!(again.path(), path);
}

#[test]
fn a_full_disk_leaves_the_old_content() {
    const TEST: &str = "a_full_disk_leaves_the_old_content";
    const VARIABLE: &str = "SPOKE_TEST_FULL_DISK";
    if let Some(disk) = std::env::var_os(VARIABLE) {
        return fill_disk(Path::new(&disk));
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    // A mount namespace of our own holds the small disk, and takes it along.
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
        .arg("mount -t tmpfs -o size=64k,mode=0700 tmpfs \"$1\" || exit 77; shift; exec \"$@\"")
        .arg("sh")
        .arg(&disk)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(VARIABLE, &disk)
        .output();
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if output.status.code() == Some(101) => {
            panic!("{}", String::from_utf8_lossy(&output.stderr))
        }
        other => {
            spoke_needs::skip(format_args!(
                "no mount namespace for a small disk: {other:?}"
            ));
        }
    }
}

fn fill_disk(disk: &Path) {
    let file = AtomicFile::new(disk.join("state"), Access::Private);
    file.write(b"kept").unwrap();
    let error = file.write(&[7; 256 * 1024]).unwrap_err();
    assert!(error.is_full(), "{error}");
    assert_eq!(file.read().unwrap().unwrap().as_slice(), b"kept");
    assert_eq!(names(disk), ["state"]);
    let mut filler = fs::File::create(disk.join("filler")).unwrap();
    while filler.write(&[0; 4096]).is_ok() {}
    assert!(file.write(b"more").unwrap_err().is_full());
    assert_eq!(file.read().unwrap().unwrap().as_slice(), b"kept");
    assert_eq!(names(disk), ["filler", "state"]);
    drop(filler);
    fs::remove_file(disk.join("filler")).unwrap();
    file.write(b"more").unwrap();
}

/// Readers beside a writer see one of the contents whole.
#[test]
fn readers_never_see_half_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = AtomicFile::new(folder.path().join("state"), Access::Private);
    file.write(&[0; 5000]).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 1..=50_u8 {
                file.write(&vec![round; 5000 + usize::from(round)]).unwrap();
            }
        });
        while !writer.is_finished() {
            let content = file.read().unwrap().unwrap();
            let round = content[0];
            assert_eq!(content.len(), 5000 + usize::from(round));
            assert!(content.iter().all(|&byte| byte == round));
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_written_last_is_read(contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let file = AtomicFile::new(folder.path().join("state"), Access::Private);
        for content in &contents {
            file.write(content).unwrap();
        }
        let read = file.read().unwrap().unwrap();
        prop_assert_eq!(read.as_slice(), contents.last().unwrap().as_slice());
    }
}
