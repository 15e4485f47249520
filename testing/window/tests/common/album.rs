//! Looking at a screen in every appearance and size.

use serde_json::json;
use spoke_lab::LabError;
use spoke_window::Window;
use std::path::PathBuf;

const APPEARANCES: [&str; 2] = ["light", "dark"];
/// Name, width and height in pixels.
const SIZES: [(&str, u32, u32); 2] = [("wide", 960, 640), ("small", 480, 640)];

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
                // The other appearance differs in nothing but its colours.
                let faults = window.accessibility_faults(appearance != APPEARANCES[0])?;
                self.faults.extend(
                    faults
                        .iter()
                        .map(|fault| format!("{name} {appearance} {size}: {fault}")),
                );
                if let Some(folder) = &self.folder {
                    let path = folder.join(format!("{name}-{appearance}-{size}.png"));
                    let doing = format!("write {}", path.display());
                    std::fs::write(path, window.session().picture()?)
                        .map_err(LabError::io(doing))?;
                }
            }
        }
        let (_, width, height) = SIZES[0];
        window.resize(width, height)?;
        appear(window, APPEARANCES[0])
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
