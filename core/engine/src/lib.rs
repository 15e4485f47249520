//! One OpenVPN session in either role, as a value: packets, time and answers go in, outputs come out.
//!
//! The data path does not pass through the session: it hands out a [`Sealer`] and an [`Opener`] per key.

mod cipher;
mod keys;
mod opener;
mod prf;
mod replay_window;
mod sealer;
mod usage;

pub use cipher::{Cipher, UnknownCipher};
pub use keys::{EXPORTER_LABEL, KeyBlock, KeyError, PrfInputs, Side};
pub use opener::{OpenError, Opener};
pub use replay_window::{ReplayError, ReplayWindow};
pub use sealer::{SealError, Sealer};
