//! Where the gateway listens.

use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::net::SocketAddr;

/// An address for each transport: `"0.0.0.0:443"` is TCP alone, `{ tcp = …, udp = … }`
/// is either or both. `[::]` takes IPv4 too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen {
    pub(crate) tcp: Option<SocketAddr>,
    pub(crate) udp: Option<SocketAddr>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    tcp: Option<SocketAddr>,
    udp: Option<SocketAddr>,
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Listen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address with a port, or { tcp = \"ADDRESS:PORT\", udp = \"ADDRESS:PORT\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Listen, E> {
        let tcp = text
            .parse()
            .map_err(|_| E::custom(format!("`{text}` is no address with a port")))?;
        Ok(Listen {
            tcp: Some(tcp),
            udp: None,
        })
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Listen, M::Error> {
        let Table { tcp, udp } = Table::deserialize(MapAccessDeserializer::new(map))?;
        if tcp.is_none() && udp.is_none() {
            return Err(M::Error::custom("the gateway is to listen nowhere"));
        }
        Ok(Listen { tcp, udp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Whole {
        listen: Listen,
    }

    fn read(text: &str) -> Result<Listen, String> {
        let whole: Result<Whole, _> = toml::from_str(&format!("listen = {text}"));
        whole
            .map(|whole| whole.listen)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn either_transport_or_both() {
        let at = |text: &str| Some(text.parse().unwrap());
        let (tcp, udp) = (at("0.0.0.0:443"), at("[::]:1194"));
        assert_eq!(read("\"0.0.0.0:443\""), Ok(Listen { tcp, udp: None }));
        let both = read("{ tcp = \"0.0.0.0:443\", udp = \"[::]:1194\" }");
        assert_eq!(both, Ok(Listen { tcp, udp }));
        let alone = read("{ udp = \"[::]:1194\" }");
        assert_eq!(alone, Ok(Listen { tcp: None, udp }));
    }

    #[test]
    fn nowhere_and_nonsense_are_refused() {
        assert!(read("{}").unwrap_err().contains("nowhere"));
        assert!(read("\"443\"").unwrap_err().contains("443"));
        assert!(
            read("{ sctp = \"0.0.0.0:1\" }")
                .unwrap_err()
                .contains("sctp")
        );
    }
}
