//! Archives of `xar`, which a Mac's packages are: a header, a table of contents in compressed
//! XML, and the contents of the files.

use sha1::{Digest as _, Sha1};
use std::fmt::Write as _;

const MAGIC: &[u8; 4] = b"xar!";
const HEADER: u16 = 28;
const VERSION: u16 = 1;
/// The kind of the sum over the table of contents.
const SHA1: u32 = 1;
/// What the sum of the table takes before the first file.
const SUM: usize = 20;
/// The first bytes of a compressed stream (RFC 1950): deflate, its smallest window, fastest.
const ZLIB: [u8; 2] = [0x78, 0x01];
/// What a stored block of deflate holds at most.
const STORED: usize = 0xffff;

/// An archive as it grows.
pub(crate) struct Archive {
    /// The files in the table of contents.
    files: String,
    contents: Vec<u8>,
    count: u32,
}

impl Archive {
    pub(crate) fn new() -> Self {
        Self {
            files: String::new(),
            contents: vec![0; SUM],
            count: 0,
        }
    }

    /// Puts a file in, as it is.
    pub(crate) fn file(&mut self, name: &str, contents: &[u8]) {
        let (offset, size) = (self.contents.len(), contents.len());
        let sum = hexadecimal(&Sha1::digest(contents));
        self.begin(name, "file", "0644");
        // Writing into a string does not fail, here and below.
        let _ = write!(
            self.files,
            "<data><length>{size}</length><offset>{offset}</offset><size>{size}</size>\
             <encoding style=\"application/octet-stream\"/>\
             <extracted-checksum style=\"sha1\">{sum}</extracted-checksum>\
             <archived-checksum style=\"sha1\">{sum}</archived-checksum></data></file>"
        );
        self.contents.extend_from_slice(contents);
    }

    /// Puts a folder in, with what `fill` puts into it.
    pub(crate) fn folder(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.begin(name, "directory", "0755");
        fill(self);
        self.files.push_str("</file>");
    }

    fn begin(&mut self, name: &str, kind: &str, mode: &str) {
        self.count += 1;
        let _ = write!(
            self.files,
            "<file id=\"{}\"><name>{name}</name><type>{kind}</type><mode>{mode}</mode>\
             <uid>0</uid><gid>0</gid>",
            self.count
        );
    }

    /// The archive, made at this time (`2026-01-31T12:00:00Z`).
    pub(crate) fn finish(mut self, time: &str) -> Vec<u8> {
        let table = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xar><toc>\
             <creation-time>{time}</creation-time>\
             <checksum style=\"sha1\"><offset>0</offset><size>{SUM}</size></checksum>\
             {}</toc></xar>\n",
            self.files
        );
        let packed = stored(table.as_bytes());
        self.contents[..SUM].copy_from_slice(&Sha1::digest(&packed));
        let mut archive = MAGIC.to_vec();
        archive.extend(HEADER.to_be_bytes());
        archive.extend(VERSION.to_be_bytes());
        archive.extend((packed.len() as u64).to_be_bytes());
        archive.extend((table.len() as u64).to_be_bytes());
        archive.extend(SHA1.to_be_bytes());
        archive.extend(packed);
        archive.extend(self.contents);
        archive
    }
}

/// Compressed in form only: the table is small.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = ZLIB.to_vec();
    let mut blocks = bytes.chunks(STORED).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    stream.extend(adler32(bytes).to_be_bytes());
    stream
}

/// The sum at the end of a stream (RFC 1950).
fn adler32(bytes: &[u8]) -> u32 {
    let add = |(a, b): (u32, u32), byte: &u8| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    };
    let (a, b) = bytes.iter().fold((1, 0), add);
    (b << 16) | a
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_the_standard() {
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn the_table_says_where_each_file_is() {
        let mut archive = Archive::new();
        archive.file("one", b"1");
        archive.folder("two", |archive| archive.file("three", b"333"));
        let bytes = archive.finish("2026-01-31T12:00:00Z");
        let packed = u64::from_be_bytes(bytes[8..16].try_into().unwrap()) as usize;
        let contents = &bytes[usize::from(HEADER) + packed..];
        assert_eq!(&contents[SUM..], b"1333");
        let table = &bytes[usize::from(HEADER)..][..packed];
        assert_eq!(contents[..SUM], Sha1::digest(table)[..]);
        let table = String::from_utf8_lossy(table);
        assert!(table.contains("<size>3</size>") && table.contains("<offset>21</offset>"));
    }
}
