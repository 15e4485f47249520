//! What is asked of a real program at one end of a cell.

use crate::cell::Cell;
use crate::failure::Failure;
use std::net::Ipv4Addr;

/// A program at one end of a cell.
pub(crate) trait Peer {
    /// Whether it says, as a client, that the connection stands.
    fn is_connected(&self) -> bool;

    /// Whether it is there at all.
    ///
    /// # Errors
    /// When it has ended.
    fn check_runs(&mut self) -> Result<(), Failure>;

    /// Whether its log has the connection with the other end's `port` as what the cell says.
    ///
    /// # Errors
    /// When it does not.
    fn check(&self, cell: &Cell, port: u16) -> Result<(), Failure>;

    /// Whether its log says of nothing wrong on the way, and of a new key where the cell has one.
    ///
    /// # Errors
    /// When something was wrong.
    fn check_quiet(&self, cell: &Cell, port: u16) -> Result<(), Failure>;

    /// Asks it to leave.
    ///
    /// # Errors
    /// When it cannot.
    fn leave(&mut self) -> Result<(), Failure>;

    /// Whether it has seen the other end leave, whose port is `port`.
    fn saw_leaving(&self, port: u16) -> bool;

    /// Its own address in the tunnel, where that is not the cell's to choose.
    fn address(&self) -> Option<Ipv4Addr> {
        None
    }

    /// What it has said.
    fn log(&self) -> String;
}
