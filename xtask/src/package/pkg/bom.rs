//! Bills of materials of a Mac's packages, by which the installer knows what it has installed:
//! numbered blocks, some of which have names, and trees in blocks. Apple describes the format
//! nowhere; it is written here as `bom(5)`, `lsbom(8)` and free readers show it. All numbers
//! have their high byte first.

use super::tree::Entry;

const MAGIC: &[u8; 8] = b"BOMStore";
/// The header with room behind it, then the blocks.
const HEADER: usize = 512;
/// Of the format, of its trees and of what is in them.
const VERSION: u32 = 1;
/// The size of a tree's pages, as it is said in the tree.
const PAGE: u32 = 4096;
const SMALL_PAGE: u32 = 128;
/// How many paths a page holds at most.
const PATHS: usize = 256;
/// Kinds of paths.
const FILE: u8 = 1;
const FOLDER: u8 = 2;
/// The processor of a file: none in particular.
const ANY_PROCESSOR: u16 = 3;

/// The bill of these, whose contents have these sums (of `cksum`) and which have this time.
pub(crate) fn of(entries: &[Entry], sums: &[u32], epoch: u32) -> Result<Vec<u8>, String> {
    if entries.len() > PATHS {
        return Err(format!("more than {PATHS} files are in the package"));
    }
    let mut store = Store::default();
    let count = length(entries.len())?;
    let info = store.add(&numbers(&[VERSION, count + 1, 1, 0, 0, 0, 0]))?;
    let paths = paths(&mut store, entries, sums, epoch)?;
    let paths = store.tree(PAGE, count, &paths)?;
    let links = store.tree(PAGE, 0, &page(&[]))?;
    let views = store.tree(SMALL_PAGE, 0, &page(&[]))?;
    let views = store.add(&[&numbers(&[VERSION, views, 0])[..], &[0]].concat())?;
    let large = store.tree(SMALL_PAGE, 0, &page(&[]))?;
    store.finish(&[
        ("BomInfo", info),
        ("Paths", paths),
        ("HLIndex", links),
        ("VIndex", views),
        ("Size64", large),
    ])
}

/// The one page that has all paths, each below its folder's number.
fn paths(
    store: &mut Store,
    entries: &[Entry],
    sums: &[u32],
    epoch: u32,
) -> Result<Vec<u8>, String> {
    let mut pairs = Vec::new();
    for ((number, entry), sum) in (1..).zip(entries).zip(sums) {
        let kind = match entry.is_folder() {
            true => FOLDER,
            false => FILE,
        };
        let mode = u16::try_from(entry.mode).map_err(|error| error.to_string())?;
        let mut facts = vec![kind, 1];
        facts.extend(ANY_PROCESSOR.to_be_bytes());
        facts.extend(mode.to_be_bytes());
        // Owner, group, time, size.
        facts.extend(numbers(&[0, 0, epoch, entry.size]));
        facts.push(1);
        // The length of a link's target.
        facts.extend(numbers(&[*sum, 0]));
        let facts = store.add(&facts)?;
        let known = store.add(&numbers(&[number, facts]))?;
        let parent = entry.parent.map_or(Ok(0), |parent| length(parent + 1))?;
        let name = [&numbers(&[parent])[..], entry.name().as_bytes(), &[0]].concat();
        pairs.push((known, store.add(&name)?));
    }
    Ok(page(&pairs))
}

/// A leaf of a tree, without others beside it.
fn page(pairs: &[(u32, u32)]) -> Vec<u8> {
    let count = u16::try_from(pairs.len()).unwrap_or(u16::MAX);
    let mut page = [1, count].map(u16::to_be_bytes).concat();
    page.extend(numbers(&[0, 0]));
    for (value, key) in pairs {
        page.extend(numbers(&[*value, *key]));
    }
    page
}

/// Blocks, numbered from 1.
#[derive(Default)]
struct Store {
    blocks: Vec<u8>,
    /// Where each is, and how long.
    places: Vec<[u32; 2]>,
}

impl Store {
    fn add(&mut self, block: &[u8]) -> Result<u32, String> {
        let place = length(HEADER + self.blocks.len())?;
        self.places.push([place, length(block.len())?]);
        self.blocks.extend_from_slice(block);
        length(self.places.len())
    }

    fn tree(&mut self, size: u32, count: u32, page: &[u8]) -> Result<u32, String> {
        let mut page = page.to_vec();
        page.resize(page.len().max(size as usize), 0);
        let page = self.add(&page)?;
        let rest = numbers(&[VERSION, page, size, count]);
        self.add(&[b"tree", &rest[..], &[0]].concat())
    }

    fn finish(self, names: &[(&str, u32)]) -> Result<Vec<u8>, String> {
        let mut named = numbers(&[length(names.len())?]);
        for (name, block) in names {
            named.extend(numbers(&[*block]));
            named.push(u8::try_from(name.len()).map_err(|error| error.to_string())?);
            named.extend_from_slice(name.as_bytes());
        }
        let count = length(self.places.len())?;
        // The block without a number comes first, and behind all what is free: nothing.
        let mut index = numbers(&[count + 1, 0, 0]);
        index.extend(numbers(self.places.as_flattened()));
        index.extend(numbers(&[0, 0, 0, 0, 0]));
        let names_at = HEADER + self.blocks.len();
        let index_at = names_at + named.len();
        let places = [index_at, index.len(), names_at, named.len()];
        let mut bill = MAGIC.to_vec();
        bill.extend(numbers(&[VERSION, count]));
        for place in places {
            bill.extend(numbers(&[length(place)?]));
        }
        bill.resize(HEADER, 0);
        Ok([bill, self.blocks, named, index].concat())
    }
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|one| one.to_be_bytes()).collect()
}

fn length(length: usize) -> Result<u32, String> {
    u32::try_from(length).map_err(|_| "the bill of materials is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn number(bytes: &[u8], at: usize) -> usize {
        u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    }

    /// A block by its number, as the index at the end tells.
    fn block(bill: &[u8], block: usize) -> &[u8] {
        let entry = number(bill, 16) + 4 + 8 * block;
        &bill[number(bill, entry)..][..number(bill, entry + 4)]
    }

    fn named<'a>(bill: &'a [u8], name: &str) -> &'a [u8] {
        let names = &bill[number(bill, 24)..][..number(bill, 28)];
        let at = names
            .windows(name.len())
            .position(|one| one == name.as_bytes());
        block(bill, number(names, at.unwrap() - 5))
    }

    #[test]
    fn every_path_is_found_below_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("usr/bin");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("one"), "1").unwrap();
        std::fs::write(folder.path().join("zero"), "").unwrap();
        let entries = tree::walk(folder.path()).unwrap();
        let bill = of(&entries, &[0, 0, 0, 0, 77], 1234).unwrap();

        let paths = block(&bill, number(named(&bill, "Paths"), 8));
        let count = usize::from(u16::from_be_bytes([paths[2], paths[3]]));
        let mut found = Vec::new();
        for pair in paths[12..].chunks(8).take(count) {
            let known = block(&bill, number(pair, 0));
            let facts = block(&bill, number(known, 4));
            let key = block(&bill, number(pair, 4));
            let name = std::str::from_utf8(&key[4..])
                .unwrap()
                .trim_end_matches('\0');
            // Number, folder, name, kind, size, sum.
            found.push((
                number(known, 0),
                number(key, 0),
                name,
                facts[0],
                number(facts, 18),
                number(facts, 23),
            ));
        }
        let expected = [
            (1, 0, ".", FOLDER, 0, 0),
            (2, 1, "usr", FOLDER, 0, 0),
            (3, 1, "zero", FILE, 0, 0),
            (4, 2, "bin", FOLDER, 0, 0),
            (5, 4, "one", FILE, 1, 77),
        ];
        assert_eq!(found, expected);
    }
}
