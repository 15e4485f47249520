//! Spoke in a window.

fn main() {
    spoke_desktop::run();
}
