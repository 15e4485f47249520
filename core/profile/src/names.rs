use crate::entra::is_guid;
use crate::model::{Profile, Server};

impl Server {
    /// The names that the gateway's certificate may carry.
    ///
    /// Virtual WAN gateways are named after their host. VPN Gateway hosts are
    /// `azuregateway-GUID-TAIL.ZONE` while their certificate says `GUID.ZONE`, as the
    /// `verify-x509-name` line of the portal's `vpnconfig.ovpn` shows.
    ///
    /// ```
    /// let host = "azuregateway-3e24e1fa-720c-42b8-a091-60e69052e05d-fd87eda6cad9.vpn.azure.com";
    /// let server = spoke_profile::Server::new(host);
    /// let derived = "3e24e1fa-720c-42b8-a091-60e69052e05d.vpn.azure.com";
    /// assert_eq!(server.accepted_names(), [server.host.as_str(), derived]);
    /// ```
    #[must_use]
    pub fn accepted_names(&self) -> Vec<String> {
        let mut names = vec![self.host.clone()];
        names.extend(gateway_certificate_name(&self.host));
        names
    }
}

impl Profile {
    /// The names that a certificate of `server` may carry: the user's override alone
    /// when there is one.
    #[must_use]
    pub fn accepted_names(&self, server: &Server) -> Vec<String> {
        match &self.server_check.server_name {
            Some(name) => vec![name.clone()],
            None => server.accepted_names(),
        }
    }
}

fn gateway_certificate_name(host: &str) -> Option<String> {
    let (label, zone) = host.split_once('.')?;
    let (guid, tail) = label.strip_prefix("azuregateway-")?.rsplit_once('-')?;
    let tail_fits = tail.len() == 12 && tail.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_guid(guid) && tail_fits).then(|| format!("{guid}.{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(host: &str) -> Vec<String> {
        Server::new(host).accepted_names()
    }

    #[test]
    fn only_a_vpn_gateway_host_yields_a_second_name() {
        let guid = "3e24e1fa-720c-42b8-a091-60e69052e05d";
        let host = format!("azuregateway-{guid}-fd87eda6cad9.vpn.azure.com");
        assert_eq!(
            names(&host),
            [host.clone(), format!("{guid}.vpn.azure.com")]
        );
        for other in [
            "wan.4992e2a64f0df09de27b1b0fdd.vpn.azure.com",
            "azuregateway-3e24e1fa-720c-42b8-a091-60e69052e05d.vpn.azure.com",
            "azuregateway-3e24e1fa-720c-42b8-a091-60e69052e05d-fd87eda6cad.vpn.azure.com",
            "azuregateway-short-fd87eda6cad9.vpn.azure.com",
            "azuregateway",
            "10.0.0.1",
        ] {
            assert_eq!(names(other), [other]);
        }
    }
}
