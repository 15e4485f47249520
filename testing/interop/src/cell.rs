//! One connection of the table: a value of every dimension.

use crate::axes::{
    DataCipher, DataFormat, Derivation, Family, Framing, Leaving, Renegotiation, SignIn,
    TlsVersion, Transport, Wrapping,
};

/// Declares the cell, with the head of each column.
macro_rules! cell {
    ($($(#[$doc:meta])* $field:ident: $axis:ident = $head:literal,)+) => {
        /// How one connection is made.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Cell { $($(#[$doc])* pub $field: $axis,)+ }

        /// The dimensions: head of the column, number of values.
        pub const AXES: &[(&str, usize)] = &[$(($head, $axis::ALL.len()),)+];

        impl Cell {
            /// The cell with these values, each given by its place in its dimension.
            #[must_use]
            pub fn at(point: &Point) -> Self {
                let mut places = point.iter().copied();
                Self {
                    $($field: $axis::ALL[places.next().unwrap_or_default()],)+
                }
            }

            /// The names of all values, in the order of [`AXES`].
            #[must_use]
            pub fn names(&self) -> Vec<&'static str> {
                vec![$(self.$field.name(),)+]
            }
        }
    };
}

/// A cell by the places of its values. All zero is the base case, what an Azure client meets.
pub type Point = [usize; 11];

/// The base case.
pub const BASE: Point = [0; 11];

cell! {
    /// How packets travel.
    transport: Transport = "transport",
    /// The addresses outside of the tunnel.
    family: Family = "outer",
    /// What protects control packets.
    wrapping: Wrapping = "wrapping",
    /// The data cipher.
    cipher: DataCipher = "data cipher",
    /// The version of TLS.
    tls: TlsVersion = "TLS",
    /// Where the data keys come from.
    derivation: Derivation = "keys",
    /// How the client shows who it is.
    sign_in: SignIn = "sign-in",
    /// Whether and by whom a new key is negotiated.
    renegotiation: Renegotiation = "renegotiation",
    /// Framing of packets.
    framing: Framing = "framing",
    /// The format of data packets.
    format: DataFormat = "data format",
    /// Who ends the connection.
    leaving: Leaving = "who leaves",
}

impl Cell {
    /// The digest that `auth` names: of tls-auth, and of the HMAC beside CBC.
    #[must_use]
    pub const fn digest(&self) -> &'static str {
        match (self.wrapping.digest(), self.cipher) {
            (Some(digest), _) => digest,
            (None, DataCipher::Aes128Cbc) => "SHA1",
            (None, _) => "SHA256",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_case_is_what_an_azure_client_meets() {
        let names = Cell::at(&BASE).names();
        assert_eq!(AXES.len(), BASE.len());
        assert_eq!(
            names[..4],
            ["tcp", "IPv4", "tls-auth SHA256", "AES-256-GCM"]
        );
    }

    #[test]
    fn openvpn_has_one_digest_for_tls_auth_and_for_cbc() {
        let mut cell = Cell::at(&BASE);
        cell.cipher = DataCipher::Aes128Cbc;
        assert_eq!(cell.digest(), "SHA256");
        cell.wrapping = Wrapping::Crypt;
        assert_eq!(cell.digest(), "SHA1");
    }
}
