/// The kernel control that makes tunnel devices (`net/if_utun.h`).
pub const UTUN_CONTROL: &str = "com.apple.net.utun_control";

/// The unit to connect to for a device of this name: zero has the kernel number it, any
/// other is one more than the number in the name.
#[must_use]
pub fn utun_unit(name: &str) -> Option<u32> {
    let number = name.strip_prefix("utun")?;
    if number.is_empty() {
        return Some(0);
    }
    let parsed: u32 = number.parse().ok()?;
    let unit = parsed.checked_add(1)?;
    (parsed.to_string() == number).then_some(unit)
}
