//! What is set on a real system, and what is left of it.

#[cfg(target_os = "linux")]
mod linux;
