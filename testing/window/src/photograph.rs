//! What a photograph of a screen shows, as far as a program can tell.

use png::{Decoder, Transformations};
use spoke_lab::LabError;
use std::io::Cursor;

/// Rows of pixels with fewer changes than this hold lines and edges, no writing.
const CHANGES: usize = 12;
/// How far apart two pixels beside each other are where something begins, of 255.
const CHANGE: u8 = 40;

/// A photograph, as shades of grey.
pub struct Photograph {
    width: usize,
    shades: Vec<u8>,
}

impl Photograph {
    /// Develops a PNG.
    ///
    /// # Errors
    /// When it is none.
    pub fn develop(png: &[u8]) -> Result<Self, LabError> {
        let trouble = || LabError::other("read a picture");
        let mut decoder = Decoder::new(Cursor::new(png));
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(trouble())?;
        let mut pixels = vec![0; reader.output_buffer_size().unwrap_or_default()];
        let frame = reader.next_frame(&mut pixels).map_err(trouble())?;
        let shades = pixels
            .chunks_exact(frame.color_type.samples())
            .map(shade)
            .collect();
        Ok(Self {
            width: usize::try_from(frame.width).unwrap_or(usize::MAX).max(1),
            shades,
        })
    }

    /// Rows of pixels that something is written in.
    #[must_use]
    pub fn written_rows(&self) -> usize {
        let rows = self.shades.chunks_exact(self.width);
        rows.filter(|row| changes(row) >= CHANGES).count()
    }

    /// How bright it is on the whole: 0 is black, 255 is white.
    #[must_use]
    pub fn brightness(&self) -> u64 {
        let sum: u64 = self.shades.iter().copied().map(u64::from).sum();
        sum / u64::try_from(self.shades.len().max(1)).unwrap_or(u64::MAX)
    }
}

/// The shade of a pixel of one to four samples: its green, which the eye sees most of.
fn shade(pixel: &[u8]) -> u8 {
    let at = if pixel.len() < 3 { 0 } else { 1 };
    pixel.get(at).copied().unwrap_or_default()
}

fn changes(row: &[u8]) -> usize {
    let neighbours = row.iter().zip(row.iter().skip(1));
    neighbours
        .filter(|(one, next)| one.abs_diff(**next) > CHANGE)
        .count()
}
