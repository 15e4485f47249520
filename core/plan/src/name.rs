use crate::view::{HostView, Platform};

/// The first of `spoke0`, `spoke1`, … that no link of the host has. The name says
/// whose device it is and stays the same from one connection to the next. On macOS
/// all such devices are named `utun` and numbered by the kernel.
#[must_use]
pub fn interface_name(view: &HostView) -> String {
    if matches!(view.platform, Platform::MacOs(_)) {
        return "utun".to_owned();
    }
    let mut number = 0_u32;
    loop {
        let name = format!("spoke{number}");
        if !view.has_link(&name) {
            return name;
        }
        number = number.saturating_add(1);
    }
}
