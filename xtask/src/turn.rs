//! Taking turns: these commands may go on beside each other in one checkout, and what fetches and
//! installs for them stands no other beside it.

use crate::cargo;
use std::fs::{self, File};
use std::path::Path;

/// Waits until no other of these commands is at `what`, and keeps the others from it until the
/// answer is dropped, or the command ends however it does.
pub(crate) fn take(what: &str) -> Result<File, String> {
    take_in(&cargo::target(), what)
}

fn take_in(folder: &Path, what: &str) -> Result<File, String> {
    let path = folder.join(format!("{what}.lock"));
    let file = fs::create_dir_all(folder).and_then(|()| File::create(&path));
    let file = file.and_then(|file| file.lock().map(|()| file));
    file.map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn a_second_one_waits_for_the_first_and_for_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let first = take_in(folder, "pages").unwrap();
        drop(take_in(folder, "apt").unwrap());
        let (tell, told) = mpsc::channel();
        std::thread::scope(|threads| {
            threads.spawn(move || {
                let _turn = take_in(folder, "pages").unwrap();
                tell.send(()).unwrap();
            });
            let early = told.recv_timeout(Duration::from_millis(200));
            drop(first);
            assert!(early.is_err());
            told.recv_timeout(Duration::from_secs(10)).unwrap();
        });
    }
}
