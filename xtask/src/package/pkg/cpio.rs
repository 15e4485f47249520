//! Archives of `cpio` in the old character format (POSIX.1-1988 "odc"), in which a Mac's
//! packages have their files.

use super::super::stage::read;
use super::tree::Entry;

/// What comes behind the last file.
const END: &str = "TRAILER!!!";

/// An archive of these, with this time in it.
pub(crate) fn of(entries: &[Entry], epoch: u32) -> Result<Vec<u8>, String> {
    let mut archive = Vec::new();
    for (number, entry) in (1..).zip(entries) {
        let contents = match entry.is_folder() {
            true => Vec::new(),
            false => read(&entry.place)?,
        };
        put(
            &mut archive,
            number,
            entry.mode,
            epoch,
            &entry.path,
            &contents,
        );
    }
    put(&mut archive, 0, 0, 0, END, &[]);
    Ok(archive)
}

fn put(archive: &mut Vec<u8>, number: u32, mode: u32, epoch: u32, path: &str, contents: &[u8]) {
    // Device, number, mode, owner, group, links, device again, time, length of the name, size.
    let header = format!(
        "070707{:06o}{number:06o}{mode:06o}{:06o}{:06o}{:06o}{:06o}{epoch:011o}{:06o}{:011o}",
        0,
        0,
        0,
        1,
        0,
        path.len() + 1,
        contents.len(),
    );
    archive.extend_from_slice(header.as_bytes());
    archive.extend_from_slice(path.as_bytes());
    archive.push(0);
    archive.extend_from_slice(contents);
}
