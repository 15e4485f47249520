//! Looking at a screen in every appearance and size.

use serde_json::json;
use spoke_lab::LabError;
use spoke_window::{Photograph, Window};
use std::path::PathBuf;

const APPEARANCES: [&str; 2] = ["light", "dark"];
/// Name, width and height in pixels.
const SIZES: [(&str, u32, u32); 2] = [("wide", 960, 640), ("small", 480, 640)];
/// The least that a screen has written on it, in rows of pixels: a title and a line.
const LEAST_WRITTEN: usize = 20;
/// What is lighter than this is not dark, of 255.
const MIDDLE: u64 = 128;

/// What was seen.
pub(crate) struct Album {
    /// Where the pictures go, when they are wanted.
    folder: Option<PathBuf>,
    faults: Vec<String>,
}

impl Album {
    pub(crate) fn open() -> Self {
        Self {
            folder: std::env::var_os("SPOKE_PICTURES").map(PathBuf::from),
            faults: Vec::new(),
        }
    }

    /// Looks at what the window shows in every appearance and size.
    pub(crate) fn look(&mut self, window: &Window, name: &str) -> Result<(), LabError> {
        for (size, width, height) in SIZES {
            window.resize(width, height)?;
            for appearance in APPEARANCES {
                appear(window, appearance)?;
                let view = format!("{name} {appearance} {size}");
                // The other appearance differs in nothing but its colours.
                let faults = window.accessibility_faults(appearance != APPEARANCES[0])?;
                self.faults
                    .extend(faults.iter().map(|fault| format!("{view}: {fault}")));
                // A picture takes longer than all else. Two of the four show each size and
                // each appearance.
                if self.folder.is_some() || (size == SIZES[0].0) == (appearance == APPEARANCES[0]) {
                    self.photograph(window, name, appearance, size)?;
                }
            }
        }
        let (_, width, height) = SIZES[0];
        window.resize(width, height)?;
        appear(window, APPEARANCES[0])
    }

    /// Takes a picture, which has to show something, and in the right colours.
    fn photograph(
        &mut self,
        window: &Window,
        name: &str,
        appearance: &str,
        size: &str,
    ) -> Result<(), LabError> {
        let png = window.session().picture()?;
        let photograph = Photograph::develop(&png)?;
        let (rows, brightness) = (photograph.written_rows(), photograph.brightness());
        let view = format!("{name} {appearance} {size}");
        if rows < LEAST_WRITTEN {
            let fault = format!("{view}: nothing is written there but in {rows} rows of pixels");
            self.faults.push(fault);
        }
        if (brightness > MIDDLE) != (appearance == "light") {
            let fault = format!("{view}: it is not {appearance}: {brightness} of 255");
            self.faults.push(fault);
        }
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let path = folder.join(format!("{name}-{appearance}-{size}.png"));
        let doing = format!("write {}", path.display());
        std::fs::write(path, png).map_err(LabError::io(doing))
    }

    /// Says what was wrong.
    pub(crate) fn close(self) -> Result<(), LabError> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(LabError::Other(self.faults.join("\n")))
    }
}

/// Shows the window as it is with this choice in the settings, once it is drawn.
fn appear(window: &Window, appearance: &str) -> Result<(), LabError> {
    window
        .session()
        .run_async(
            "const [appearance, done] = arguments;
             document.documentElement.dataset.theme = appearance;
             requestAnimationFrame(() => requestAnimationFrame(() => done(true)));",
            &json!([appearance]),
        )
        .map(drop)
}
