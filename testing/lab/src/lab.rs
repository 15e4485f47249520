//! The running lab.

use crate::dns::QueryLog;
use crate::enter::{self, FOLDER};
use crate::error::LabError;
use crate::gateway_file::gateway_toml;
use crate::intranet;
use crate::machine::Machine;
use crate::network::Network;
use crate::options::{GatewayCertificate, GatewayOptions, Options};
use crate::package::{self, ProfileText};
use crate::pki::{Authority, Validity};
use crate::places;
use crate::process::Background;
use crate::programs::{self, Finished};
use crate::servers;
use crate::signin::{SignInServer, SigningKey};
use crate::snapshot::Snapshot;
use crate::system::System;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Longest that one command of `spoke` may take in the lab.
const COMMAND_LIMIT: Duration = Duration::from_secs(120);
/// Longest that a service may take to be ready.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A whole world in namespaces: four machines, their servers, and room for `spoked`
/// and the gateway. It ends with its process.
pub struct Lab {
    /// The machines.
    pub network: Network,
    /// The sign-in server.
    pub sign_in: SignInServer,
    /// Names asked of the public DNS server.
    pub public_queries: QueryLog,
    /// Names asked of the private DNS server.
    pub private_queries: QueryLog,
    /// The root of gateway and sign-in server.
    pub authority: Authority,
    /// What the package says.
    pub profile: ProfileText,
    gateway: Option<Background>,
    daemon: Option<Background>,
    system: Option<System>,
}

impl Lab {
    /// Brings everything up but `spoked`. To be called once, inside the namespaces.
    ///
    /// # Errors
    /// When the system refuses something or a program is not built.
    pub fn up(options: Options) -> Result<Self, LabError> {
        let gateway_options = options.gateway.clone();
        let mut lab = Self::without_gateway(options)?;
        lab.start_gateway(&gateway_options)?;
        Ok(lab)
    }

    /// The same without a gateway, for tests that bring another.
    ///
    /// # Errors
    /// As [`Lab::up`].
    pub fn without_gateway(options: Options) -> Result<Self, LabError> {
        enter::furnish()?;
        std::fs::create_dir_all(HOME).map_err(LabError::io(format!("make {HOME}")))?;
        let system = options.computer.as_deref().map(System::boot).transpose()?;
        let network = match &system {
            Some(system) => Network::around(Machine::of_system("client", system, HOME)?)?,
            None => Network::build()?,
        };
        let authority = Authority::new("Spoke Lab Root")?;
        let sign_in = SignInServer::new(SigningKey::generate()?, options.sign_in);
        let six = options.gateway.ipv6_outside;
        if six {
            network.add_ipv6_outside()?;
        }
        let public_queries = servers::name_server(
            &network.internet,
            places::PUBLIC_DNS,
            places::public_names(six),
        )?;
        let private_queries = servers::name_server(
            &network.vnet,
            places::PRIVATE_DNS,
            places::private_names(six),
        )?;
        let identity = authority.server(
            &[places::SIGN_IN_HOST, places::ISSUER_HOST],
            Validity::Current,
        )?;
        let mind = sign_in.clone();
        servers::web_server(
            &network.internet,
            SocketAddrV4::new(places::SIGN_IN, 443),
            Some(servers::acceptor(&identity)?),
            move |request| mind.answer(request),
        )?;
        servers::web_server(
            &network.vnet,
            SocketAddrV4::new(places::INTRANET, 80),
            None,
            intranet::answer,
        )?;
        let profile = ProfileText {
            name: places::PROFILE.to_owned(),
            gateway: places::GATEWAY_HOST.to_owned(),
            root_thumbprint: authority.thumbprint(),
            server_secret: package::random_secret()?,
            audience: places::AUDIENCE.to_owned(),
        };
        let lab = Self {
            network,
            sign_in,
            public_queries,
            private_queries,
            authority,
            profile,
            gateway: None,
            daemon: None,
            system,
        };
        lab.write_user_files()?;
        Ok(lab)
    }

    /// The user's home folder, where the package lies.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        PathBuf::from(HOME)
    }

    /// The portal's zip for this lab.
    #[must_use]
    pub fn package(&self) -> PathBuf {
        self.home().join("azurevpn.zip")
    }

    /// Starts the gateway, or restarts it with other options.
    ///
    /// # Errors
    /// When it is not built or does not begin to listen.
    pub fn start_gateway(&mut self, options: &GatewayOptions) -> Result<(), LabError> {
        self.gateway = None;
        let folder = Path::new(FOLDER).join("gateway");
        let config = self.write_gateway_files(&folder, options)?;
        let mut command = Command::new(programs::find("spoke-gateway")?);
        command
            .arg("--config")
            .arg(config)
            .env("SSL_CERT_FILE", root_path());
        let mut gateway =
            Background::start(&self.network.gateway, command, folder.join("gateway.log"))?;
        gateway.wait_until("listening", START_LIMIT, |log| {
            log.contains("event=listening")
        })?;
        self.gateway = Some(gateway);
        Ok(())
    }

    /// Ends the gateway at once, as a power cut would.
    pub fn stop_gateway(&mut self) {
        self.gateway = None;
    }

    /// Has the running gateway tell its clients of other routes and another domain.
    ///
    /// # Errors
    /// When its configuration cannot be written, or it does not run.
    pub fn change_pushes(&self, routes: &[&str], domain: &str) -> Result<(), LabError> {
        let config = Path::new(FOLDER).join("gateway").join("gateway.toml");
        let text = std::fs::read_to_string(&config);
        let text = text.map_err(LabError::io("read the gateway's configuration"))?;
        let lines = text.lines().map(|line| match line.split(' ').next() {
            Some("routes") => format!("routes = {routes:?}\n"),
            Some("domain") => format!("domain = {domain:?}\n"),
            _ => format!("{line}\n"),
        });
        write(&config, lines.collect::<String>().as_bytes())?;
        let id = self.gateway.as_ref().map(Background::id);
        let id = id.and_then(|id| i32::try_from(id).ok()).unwrap_or(i32::MAX);
        kill(Pid::from_raw(id), Signal::SIGHUP)
            .map_err(|errno| LabError::io("signal the gateway")(errno.into()))
    }

    /// What the running gateway has logged.
    #[must_use]
    pub fn gateway_log(&self) -> String {
        self.gateway
            .as_ref()
            .map(Background::log)
            .unwrap_or_default()
    }

    /// How much memory the running gateway holds, in KiB.
    ///
    /// # Errors
    /// When there is none, or the kernel does not say.
    pub fn gateway_memory(&self) -> Result<u64, LabError> {
        let id = self.gateway.as_ref().map_or(0, Background::id);
        let path = format!("/proc/{id}/status");
        let status =
            std::fs::read_to_string(&path).map_err(LabError::io(format!("read {path}")))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| LabError::Other(format!("{path} does not say how much memory it is")))
    }

    /// Starts the daemon on the user's computer.
    ///
    /// # Errors
    /// When it is not built or does not begin to listen.
    pub fn start_daemon(&mut self) -> Result<(), LabError> {
        self.start_daemon_through(&[])
    }

    /// Starts the daemon by way of a program that becomes it, such as a tracer: its words,
    /// which those of the daemon follow.
    ///
    /// # Errors
    /// As [`Lab::start_daemon`].
    pub fn start_daemon_through(&mut self, door: &[&str]) -> Result<(), LabError> {
        self.daemon = None;
        let daemon = programs::find("spoked")?;
        let mut command = match door.split_first() {
            Some((door, arguments)) => {
                let mut command = Command::new(door);
                command.args(arguments).arg(daemon);
                command
            }
            None => Command::new(daemon),
        };
        command
            .args(["--socket", SOCKET, "--state-dir"])
            .arg(Path::new(FOLDER).join("client").join("state"));
        self.dress(&mut command);
        let log = Path::new(FOLDER).join("client").join("spoked.log");
        let mut daemon = Background::start(&self.network.client, command, log)?;
        daemon.wait_until("listening", START_LIMIT, |_| {
            std::os::unix::net::UnixStream::connect(SOCKET).is_ok()
        })?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Sends the daemon a signal.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal_daemon(&self, signal: Signal) -> Result<(), LabError> {
        let id = self.daemon.as_ref().map(Background::id);
        let id = id.and_then(|id| i32::try_from(id).ok()).unwrap_or(i32::MAX);
        kill(Pid::from_raw(id), signal)
            .map_err(|errno| LabError::io("signal the daemon")(errno.into()))
    }

    /// Kills the daemon at once (SIGKILL).
    pub fn kill_daemon(&mut self) {
        self.daemon = None;
    }

    /// Whether the daemon still runs.
    #[must_use]
    pub fn daemon_runs(&mut self) -> bool {
        self.daemon.as_mut().is_some_and(Background::runs)
    }

    /// The daemon's process id.
    #[must_use]
    pub fn daemon_id(&self) -> Option<u32> {
        self.daemon.as_ref().map(Background::id)
    }

    /// What the daemon has logged.
    #[must_use]
    pub fn daemon_log(&self) -> String {
        self.daemon
            .as_ref()
            .map(Background::log)
            .unwrap_or_default()
    }

    /// Runs `spoke` with these arguments, as the user.
    ///
    /// # Errors
    /// When it is not built or cannot be started.
    pub fn spoke(&self, arguments: &[&str]) -> Result<Finished, LabError> {
        self.spoke_echoing(arguments, programs::quietly)
    }

    /// The same, with its output going to `echo` as well.
    ///
    /// # Errors
    /// As [`Lab::spoke`].
    pub fn spoke_echoing(&self, arguments: &[&str], echo: fn(&str)) -> Result<Finished, LabError> {
        programs::run(
            &self.network.client,
            self.spoke_command(arguments)?,
            COMMAND_LIMIT,
            echo,
        )
    }

    /// The command that [`Lab::spoke`] runs, for tests that run it otherwise.
    ///
    /// # Errors
    /// When it is not built.
    pub fn spoke_command(&self, arguments: &[&str]) -> Result<Command, LabError> {
        let mut command = match &self.system {
            Some(_) => self.network.client.command("spoke"),
            None => Command::new(programs::find("spoke")?),
        };
        command.args(arguments);
        self.dress(&mut command);
        Ok(command)
    }

    /// Runs any program on the user's computer.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn user_runs(
        &self,
        program: &str,
        arguments: &[&str],
        echo: fn(&str),
    ) -> Result<Finished, LabError> {
        let mut command = self.network.client.command(program);
        command.args(arguments);
        self.dress(&mut command);
        programs::run(&self.network.client, command, COMMAND_LIMIT, echo)
    }

    /// Gives the user's computer another address in its network.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn move_user(&self) -> Result<(), LabError> {
        self.readdress(places::CLIENT, places::CLIENT_MOVED)
    }

    /// Takes [`Lab::move_user`] back.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn move_user_back(&self) -> Result<(), LabError> {
        self.readdress(places::CLIENT_MOVED, places::CLIENT)
    }

    fn readdress(&self, from: Ipv4Addr, to: Ipv4Addr) -> Result<(), LabError> {
        let client = &self.network.client;
        // Otherwise the second address would go with the first.
        client
            .run(|| std::fs::write("/proc/sys/net/ipv4/conf/all/promote_secondaries", "1"))?
            .map_err(LabError::io("let addresses stay"))?;
        client.ip(&format!("addr add {to}/24 dev eth0"))?;
        client.ip(&format!("addr del {from}/24 dev eth0"))?;
        let router = places::CLIENT_ROUTER;
        client.ip(&format!("route replace default via {router}"))?;
        Ok(())
    }

    /// Network state of the user's computer.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn host_snapshot(&self) -> Result<Snapshot, LabError> {
        Snapshot::take(&self.network.client)
    }

    /// Puts a variant of the package into the user's home and returns its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_profile(&self, file: &str, profile: &ProfileText) -> Result<PathBuf, LabError> {
        let path = self.home().join(file);
        write(&path, profile.azure_xml().as_bytes())?;
        Ok(path)
    }

    /// Gives a command the environment of the user.
    pub fn dress(&self, command: &mut Command) {
        let home = self.home();
        command
            .current_dir(&home)
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_STATE_HOME", home.join(".local/state"))
            .env("XDG_RUNTIME_DIR", home.join(".runtime"))
            .env("SSL_CERT_FILE", root_path())
            .env("SPOKE_TOKEN_STORE", "file")
            .env("BROWSER", home.join("browser"))
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("SPOKE_SOCKET")
            .env_remove("SPOKE_CONFIG_DIR")
            .env_remove("HTTPS_PROXY")
            .env_remove("https_proxy")
            .env_remove("http_proxy")
            .env_remove("ALL_PROXY");
    }

    fn write_user_files(&self) -> Result<(), LabError> {
        let home = self.home();
        for folder in [home.clone(), home.join(".runtime")] {
            std::fs::create_dir_all(&folder)
                .map_err(LabError::io(format!("make {}", folder.display())))?;
        }
        write(&root_path(), self.authority.pem().as_bytes())?;
        write(
            &self.package(),
            &self.profile.portal_zip(&self.authority.der())?,
        )?;
        let browser = home.join("browser");
        let lab = match &self.system {
            // There, the folder of the lab's programs is where the system shows it.
            Some(_) => Path::new(FOLDER).join("programs/spoke-lab"),
            None => programs::find("spoke-lab")?,
        };
        let script = format!("#!/bin/sh\nexec '{}' browse \"$@\"\n", lab.display());
        write(&browser, script.as_bytes())?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&browser, mode).map_err(LabError::io(format!(
            "make {} a program",
            browser.display()
        )))
    }

    fn write_gateway_files(
        &self,
        folder: &Path,
        options: &GatewayOptions,
    ) -> Result<PathBuf, LabError> {
        std::fs::create_dir_all(folder)
            .map_err(LabError::io(format!("make {}", folder.display())))?;
        let other;
        let (authority, names, validity) = match options.certificate {
            GatewayCertificate::Good => (&self.authority, GOOD_NAME, Validity::Current),
            GatewayCertificate::Expired => (&self.authority, GOOD_NAME, Validity::Expired),
            GatewayCertificate::WrongName => (
                &self.authority,
                ["other.vpn.lab.example"],
                Validity::Current,
            ),
            GatewayCertificate::WrongRoot => {
                other = Authority::new("Some Other Root")?;
                (&other, GOOD_NAME, Validity::Current)
            }
        };
        let identity = authority.server(&names, validity)?;
        let secret = if options.other_secret {
            package::random_secret()?
        } else {
            self.profile.server_secret.clone()
        };
        write(&folder.join("chain.pem"), identity.chain.as_bytes())?;
        write(&folder.join("key.pem"), identity.key.as_bytes())?;
        write(&folder.join("secret.hex"), secret.as_bytes())?;
        write(&folder.join("clients.pem"), self.authority.pem().as_bytes())?;
        write(&folder.join("users"), options.users.join("\n").as_bytes())?;
        let config = folder.join("gateway.toml");
        write(&config, gateway_toml(folder, options).as_bytes())?;
        Ok(config)
    }
}

const GOOD_NAME: [&str; 1] = [places::GATEWAY_NAME];
/// The user's home folder; the same in all views of the user's computer.
const HOME: &str = "/run/lab/client/home";
/// Where `spoked` listens on the user's computer.
pub const SOCKET: &str = "/run/spoke/spoke.sock";

fn root_path() -> PathBuf {
    Path::new(FOLDER).join("root.pem")
}

fn write(path: &Path, contents: &[u8]) -> Result<(), LabError> {
    std::fs::write(path, contents).map_err(LabError::io(format!("write {}", path.display())))
}
