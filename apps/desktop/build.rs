//! Embeds the window's pages and icons.

fn main() {
    tauri_build::build();
}
