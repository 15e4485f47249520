//! Icons of macOS' apps: a file of pictures in several sizes, each with four letters that name
//! its size in pixels (the format `icns`).

/// The names, and whether it is what a screen of double density shows in half the size.
const KINDS: &[(&[u8; 4], u32)] = &[
    (b"ic11", 32),
    (b"ic12", 64),
    (b"ic07", 128),
    (b"ic13", 256),
    (b"ic08", 256),
    (b"ic14", 512),
    (b"ic09", 512),
];
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// An icon of these pictures, square PNGs.
pub(crate) fn of(pictures: &[Vec<u8>]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    for picture in pictures {
        let size = size(picture).ok_or("a picture of the icon is no square PNG")?;
        let kinds: Vec<_> = KINDS.iter().filter(|(_, of)| *of == size).collect();
        if kinds.is_empty() {
            return Err(format!("no icon has a picture of {size} pixels"));
        }
        for (name, _) in kinds {
            body.extend(block(name, picture)?);
        }
    }
    block(b"icns", &body)
}

fn block(name: &[u8; 4], body: &[u8]) -> Result<Vec<u8>, String> {
    let length = u32::try_from(8 + body.len()).map_err(|_| "the icon is too large")?;
    Ok([&name[..], &length.to_be_bytes(), body].concat())
}

/// Width of a square picture: the first block of a PNG has width and height.
fn size(picture: &[u8]) -> Option<u32> {
    let header = picture.strip_prefix(PNG)?.get(8..16)?;
    let (width, height) = header.split_at(4);
    (width == height).then_some(u32::from_be_bytes(width.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_is_blocks_with_their_lengths() {
        let picture = [
            PNG,
            b"\0\0\0\x0dIHDR",
            &[0, 0, 0, 128, 0, 0, 0, 128],
            b"rest",
        ]
        .concat();
        let icon = of(std::slice::from_ref(&picture)).unwrap();
        let length = u32::try_from(picture.len()).unwrap();
        let block = [b"ic07", &(length + 8).to_be_bytes()[..], &picture].concat();
        let whole = [b"icns", &(length + 16).to_be_bytes()[..], &block].concat();
        assert_eq!(icon, whole);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        assert!(of(&[b"JPEG".to_vec()]).is_err());
        let odd = [PNG, b"\0\0\0\x0dIHDR", &[0, 0, 0, 9, 0, 0, 0, 9]].concat();
        assert!(of(&[odd]).is_err());
    }
}
