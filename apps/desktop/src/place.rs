use serde::{Deserialize, Serialize};
use spoke_store::{Access, Document, NoDocument, PrivateDir, Versioned};
use std::path::PathBuf;
use tauri::{Monitor, WebviewWindow};

/// Where the window was, in logical pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) width: f64,
    pub(crate) height: f64,
    corner: Option<(f64, f64)>,
    pub(crate) maximized: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            width: 960.0,
            height: 640.0,
            corner: None,
            maximized: false,
        }
    }
}

impl Document for Place {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

impl Place {
    /// The place of a window; none when it cannot be told, or says nothing.
    pub(crate) fn of(window: &WebviewWindow) -> Option<Self> {
        if window.is_minimized().ok()? || window.is_fullscreen().ok()? {
            return None;
        }
        let scale = window.scale_factor().ok()?;
        let size = window.inner_size().ok()?.to_logical::<f64>(scale);
        let corner = window.outer_position().ok()?.to_logical::<f64>(scale);
        Some(Self {
            width: size.width,
            height: size.height,
            corner: Some((corner.x, corner.y)),
            maximized: window.is_maximized().ok()?,
        })
    }

    /// The upper left corner, when it still lies on a screen.
    pub(crate) fn corner_on(&self, monitors: &[Monitor]) -> Option<(f64, f64)> {
        let (x, y) = self.corner?;
        let visible = monitors.iter().any(|monitor| {
            let corner = monitor.position().to_logical::<f64>(monitor.scale_factor());
            let size = monitor.size().to_logical::<f64>(monitor.scale_factor());
            (corner.x..corner.x + size.width).contains(&x)
                && (corner.y..corner.y + size.height).contains(&y)
        });
        visible.then_some((x, y))
    }
}

/// The file that remembers the place. That it cannot be read or written is worth no
/// word to the user.
pub(crate) struct PlaceFile {
    folder: PathBuf,
}

impl PlaceFile {
    /// In the folder for what a program remembers between runs.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(crate) fn load(&self) -> Place {
        let folder = PrivateDir::open(&self.folder).ok().flatten();
        let place = folder
            .and_then(|folder| in_folder(&folder).load().ok().flatten())
            .unwrap_or_default();
        Place {
            // What a person can still see and take hold of.
            width: place.width.clamp(480.0, 10_000.0),
            height: place.height.clamp(400.0, 10_000.0),
            ..place
        }
    }

    pub(crate) fn save(&self, place: &Place) {
        let saved = PrivateDir::create(&self.folder).and_then(|it| in_folder(&it).save(place));
        if let Err(error) = saved {
            tracing::debug!("the window's place is not remembered: {error}");
        }
    }
}

fn in_folder(folder: &PrivateDir) -> Versioned<Place> {
    Versioned::new(folder.file("window.json", Access::Private))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_remembered_and_a_foolish_one_mended() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = PlaceFile::new(folder.path().join("state"));
        assert_eq!(file.load(), Place::default());
        let place = Place {
            width: 700.0,
            corner: Some((10.0, 20.0)),
            ..Place::default()
        };
        file.save(&place);
        assert_eq!(file.load(), place);
        file.save(&Place {
            width: -1.0,
            height: f64::MAX,
            ..place
        });
        let mended = file.load();
        assert_eq!((mended.width, mended.height), (480.0, 10_000.0));
    }
}
