//! Atomic, private, versioned files.
//!
//! [`PrivateDir`] is a folder of one user, [`AtomicFile`] a file that is always
//! either the old or the new one, [`Versioned`] a typed document in such a file that
//! older programs wrote and newer ones may read, [`FileLock`] keeps two processes
//! from working on the same files.

mod atomic;
mod directory;
mod error;
mod lock;
mod trusted;
mod versioned;

pub use atomic::{Access, AtomicFile};
pub use directory::PrivateDir;
pub use error::StoreError;
pub use lock::FileLock;
pub use trusted::read_trusted;
pub use versioned::{Document, NoDocument, Versioned, from_bytes, to_bytes};
