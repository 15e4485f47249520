//! The gateway's configuration file.

use crate::options::GatewayOptions;
use crate::places;
use std::path::Path;

/// The gateway's configuration; its other files lie in `folder`.
pub(crate) fn gateway_toml(folder: &Path, options: &GatewayOptions) -> String {
    let folder = folder.display();
    let users = if options.users.is_empty() {
        String::new()
    } else {
        format!("users = \"{folder}/users\"\n")
    };
    let (pool6, route6) = match options.ipv6 {
        true => (
            format!("pool6 = \"{}\"\n", places::POOL_V6),
            format!(", \"{}\"", places::VIRTUAL_NETWORK_V6),
        ),
        false => Default::default(),
    };
    let any = match options.ipv6_outside {
        true => "[::]",
        false => "0.0.0.0",
    };
    let mut text = format!(
        r#"listen = {{ tcp = "{any}:443", udp = "{any}:443" }}
certificate_chain = "{folder}/chain.pem"
private_key = "{folder}/key.pem"
server_secret = "{folder}/secret.hex"
pool = "{pool}"
{pool6}interface = "vpn0"
renegotiate_seconds = {seconds}
{users}
[push]
routes = ["{network}"{route6}]
dns = ["{dns}"]
domain = "{suffix}"
"#,
        pool = places::POOL,
        seconds = options.renegotiate_seconds,
        network = places::VIRTUAL_NETWORK,
        dns = places::PRIVATE_DNS,
        suffix = places::PRIVATE_SUFFIX,
    );
    if options.client_certificates {
        text += &format!("\n[client_certificates]\nca = \"{folder}/clients.pem\"\n");
    }
    let tokens = options.users.is_empty() && !options.no_credentials;
    match options.password {
        Some((user, password)) => {
            text += &format!("\n[passwords]\n\"{user}\" = \"{password}\"\n");
        }
        None if tokens => {
            text += &format!(
                "\n[tokens]\nissuer = \"{}\"\naudience = \"{}\"\nkeys_url = \"{}/discovery/v2.0/keys\"\n",
                places::issuer(),
                places::AUDIENCE,
                places::authority()
            );
        }
        None => {}
    }
    let faults = [
        ("close_at", options.close_at),
        ("silent_at", options.silent_at),
        ("refuse", options.refuse),
    ];
    if options.stock_only || faults.iter().any(|(_, value)| value.is_some()) {
        text += &format!("\n[faults]\nstock_only = {}\n", options.stock_only);
        for (name, value) in faults {
            if let Some(value) = value {
                text += &format!("{name} = \"{value}\"\n");
            }
        }
    }
    text
}
