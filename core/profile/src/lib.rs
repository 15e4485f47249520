//! Azure VPN profiles: portal packages and `azurevpnconfig.xml` to one
//! [`Profile`], with findings about what was repaired or looks wrong.

mod model;
mod secret;

pub use model::{
    ClientCertificate, Dns, Entra, Profile, Server, ServerCheck, SignIn, Thumbprint, Transport,
};
pub use secret::ServerSecret;
