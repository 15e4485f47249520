//! What it takes to compile for macOS on Debian: the standard library's source for this
//! very compiler, from the mirror that this machine uses anyway, Zig as the C compiler, and
//! the linker that comes with the compiler.

use super::macho::Processor;
use super::{PROFILE, compiler, stubs};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Python package that brings Zig, in a version that works with this.
const ZIG: &str = "ziglang==0.17.1";

/// Where Debian may have the compiler's source: the one that is asked first is the
/// smallest.
const SUITES: [&str; 4] = ["trixie-backports", "trixie", "forky", "sid"];

/// Everything that was fetched, below `target/macos`.
pub(crate) struct Kit {
    folder: PathBuf,
}

impl Kit {
    /// Fetches what is not there yet.
    pub(crate) fn provide() -> Result<Self, String> {
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        let folder = std::path::absolute(Path::new(&target).join("macos"))
            .map_err(|error| format!("target/macos: {error}"))?;
        let kit = Self { folder };
        make(&kit.folder)?;
        once(&kit.toolchain(), |new| kit.make_toolchain(new))?;
        once(&kit.python(), make_python)?;
        Ok(kit)
    }

    /// Lints for this processor. Nothing is linked, so nothing has to come of C code.
    pub(crate) fn clippy(&self, processor: Processor, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.cargo("clippy", processor)?;
        let compiler = compiler::stand_in(&self.folder)?;
        command.env(variable("CC", processor), compiler);
        deny_warnings(&mut command);
        run(command.args(arguments).args(["--profile", PROFILE]))
    }

    /// Builds the programs of these packages for this processor and links them. What is only
    /// linked is linted along the way.
    pub(crate) fn link(
        &self,
        processor: Processor,
        profile: &str,
        packages: &[&str],
    ) -> Result<(), String> {
        let zig = self.zig()?;
        let sdk = self.folder.join("sdk");
        stubs::write(&sdk, &zig.join("lib/libc/darwin/libSystem.tbd"))?;
        let tools = compiler::of_zig(&self.folder, &zig, processor)?;
        let mut command = self.cargo("build", processor)?;
        command
            .env(variable("CC", processor), tools.compiler)
            .env(variable("AR", processor), tools.archiver)
            // What is linked is found below it; the compiler's own linker takes it from here.
            .env("SDKROOT", sdk)
            // Zig keeps what it has compiled for the system's library.
            .env("ZIG_GLOBAL_CACHE_DIR", self.folder.join("zig"))
            .env("ZIG_LOCAL_CACHE_DIR", self.folder.join("zig"));
        // Signed by the linker, which no tool may come behind: it leaves out what is for debuggers.
        let flags = "-C linker=rust-lld -C linker-flavor=ld64.lld -C link-arg=-S";
        let name = variable("CARGO_TARGET", processor).to_uppercase() + "_RUSTFLAGS";
        command.env(name, flags);
        let name = format!("CARGO_PROFILE_{}_STRIP", profile.to_uppercase());
        command.env(name, "none");
        if profile == PROFILE {
            let driver = self.toolchain().join("bin/clippy-driver");
            command.env("RUSTC_WORKSPACE_WRAPPER", driver);
            deny_warnings(&mut command);
        }
        run(command
            .args(["--bins", "--profile", profile])
            .args(packages))
    }

    /// Where programs for this processor are.
    pub(crate) fn programs(&self, processor: Processor, profile: &str) -> PathBuf {
        let target = self.folder.join("target").join(processor.target());
        target.join(profile)
    }

    /// A call of cargo that builds the standard library from its source.
    fn cargo(&self, verb: &str, processor: Processor) -> Result<Command, String> {
        let toolchain = self.toolchain().join("bin");
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(toolchain.clone()).chain(std::env::split_paths(&inherited));
        let path = std::env::join_paths(folders).map_err(|error| format!("PATH: {error}"))?;
        let mut command = Command::new(toolchain.join("cargo"));
        command
            .arg(verb)
            .args(["--target", processor.target()])
            .args(["-Z", "build-std=std,panic_abort"])
            .env("PATH", path)
            .env("CARGO", toolchain.join("cargo"))
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            // build-std is unstable; this allows it on a stable compiler.
            .env("RUSTC_BOOTSTRAP", "1");
        let (major, minor) = processor.least_macos();
        command.env("MACOSX_DEPLOYMENT_TARGET", format!("{major}.{minor}"));
        // Set by rustup, or by who started this, for the compiler that runs this program. By the
        // path of libraries a compiler would even find the other one's, and take that one's place
        // for its own.
        for inherited in [
            "RUSTC_WORKSPACE_WRAPPER",
            "CLIPPY_ARGS",
            "RUSTUP_TOOLCHAIN",
            "RUSTC",
            "RUSTDOC",
            "RUSTFLAGS",
            "LD_LIBRARY_PATH",
        ] {
            command.env_remove(inherited);
        }
        Ok(command)
    }

    /// The folder that Zig is in.
    fn zig(&self) -> Result<PathBuf, String> {
        let library = self.python().join("lib");
        let versions = fs::read_dir(&library).map_err(at(&library))?.flatten();
        let places = versions.map(|version| version.path().join("site-packages/ziglang"));
        places
            .into_iter()
            .find(|place| place.join("zig").is_file())
            .ok_or_else(|| format!("{ZIG} brings no Zig below {}", library.display()))
    }

    fn toolchain(&self) -> PathBuf {
        self.folder.join("toolchain")
    }

    fn python(&self) -> PathBuf {
        self.folder.join("python")
    }

    /// A copy of this compiler, with the source of its standard library where it looks
    /// for it.
    fn make_toolchain(&self, new: &Path) -> Result<(), String> {
        let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let release = output(Command::new("rustc").args(["--version", "--verbose"]))?;
        let release = release
            .lines()
            .find_map(|line| line.strip_prefix("release: "))
            .ok_or("rustc does not tell its release")?;
        copy(Path::new(&sysroot), new)?;
        let library = new.join("lib/rustlib/src/rust/library");
        if library.is_dir() {
            return Ok(());
        }
        let source = self.fetch_source(release)?;
        make(&new.join("lib/rustlib/src/rust"))?;
        copy(&source.join("library"), &library)
    }

    /// The compiler's source as Debian packs it.
    fn fetch_source(&self, release: &str) -> Result<PathBuf, String> {
        let mirror = mirror()?;
        for suite in SUITES {
            let apt = Apt::new(self.folder.join("apt"), &mirror, suite)?;
            if let Some(version) = apt.version_of("rust-src", release)? {
                let unpacked = self.folder.join("source");
                apt.fetch("rust-src", &version, &unpacked)?;
                return Ok(unpacked.join("usr/src").join(format!("rustc-{release}")));
            }
        }
        Err(format!(
            "the source of rustc {release}'s standard library is missing: none of {} on this machine's mirror has \
             the package rust-src in that version. Where rustup can reach its server, `rustup component add rust-src` \
             brings it",
            SUITES.join(", ")
        ))
    }
}

/// apt with lists and a cache of its own: the machine's own are not touched, and no root
/// is needed.
struct Apt {
    folder: PathBuf,
}

impl Apt {
    fn new(folder: PathBuf, mirror: &Mirror, suite: &str) -> Result<Self, String> {
        make(&folder.join("lists/partial"))?;
        make(&folder.join("cache/archives/partial"))?;
        let source = format!("deb {} {} {suite} main\n", mirror.options, mirror.site);
        let list = folder.join("sources.list");
        fs::write(&list, source).map_err(at(&list))?;
        let apt = Self { folder };
        println!("asking the mirror for {suite}");
        // A suite that is gone is no failure: the next may do.
        let _ = run(apt.command("apt-get").args(["update", "-qq"]));
        Ok(apt)
    }

    /// The version of a package that packs this upstream release.
    fn version_of(&self, package: &str, release: &str) -> Result<Option<String>, String> {
        let known = output(self.command("apt-cache").args(["madison", package]))?;
        let packed = format!("{release}+");
        Ok(known
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .map(str::trim)
            .find(|version| version.starts_with(&packed))
            .map(str::to_owned))
    }

    /// Fetches a package and unpacks it without installing it.
    fn fetch(&self, package: &str, version: &str, into: &Path) -> Result<(), String> {
        let cache = self.folder.join("cache");
        println!("fetching {package} {version}");
        run(self
            .command("apt-get")
            .args(["download", "-qq", &format!("{package}={version}")])
            .current_dir(&cache))?;
        let file = fs::read_dir(&cache)
            .map_err(at(&cache))?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|ending| ending == "deb"))
            .ok_or_else(|| format!("{package} was not fetched"))?;
        make(into)?;
        run(Command::new("dpkg-deb").arg("-x").arg(&file).arg(into))?;
        fs::remove_file(&file).map_err(at(&file))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let own = |name: &str, value: &Path| {
            let mut option = OsString::from(format!("{name}="));
            option.push(value);
            option
        };
        for option in [
            own("Dir::Etc::SourceList", &self.folder.join("sources.list")),
            own("Dir::Etc::SourceParts", Path::new("/dev/null")),
            own("Dir::State::Lists", &self.folder.join("lists")),
            own("Dir::Cache", &self.folder.join("cache")),
            // The folder may be closed to the user that apt would change to.
            "APT::Sandbox::User=root".into(),
        ] {
            command.arg("-o").arg(option);
        }
        command
    }
}

/// Where this machine has its Debian packages from.
struct Mirror {
    site: String,
    options: String,
}

/// The mirror that this machine's own apt is configured with.
fn mirror() -> Result<Mirror, String> {
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let codename = system
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .ok_or("this is made for Debian: /etc/os-release names no release of it")?;
    let lines = output(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(RELEASE) $(COMPONENT) $(SITE)",
        "Created-By: Packages",
    ]))?;
    let lines = lines.lines().map(|line| line.split(' '));
    let site = lines
        .filter_map(|mut words| {
            let main = words.next() == Some(codename) && words.next() == Some("main");
            words.next().filter(|_| main).map(str::to_owned)
        })
        .next()
        .ok_or_else(|| format!("this machine's apt knows no mirror of Debian {codename}"))?;
    let keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let options = match Path::new(keys).is_file() {
        true => format!("[signed-by={keys}]"),
        false => String::new(),
    };
    Ok(Mirror { site, options })
}

/// Has cargo deny them, and not the compiler: what others wrote is then compiled once, with
/// lints and without.
fn deny_warnings(command: &mut Command) {
    command
        .args(["-Z", "warnings"])
        .env("CARGO_BUILD_WARNINGS", "deny");
}

fn make_python(new: &Path) -> Result<(), String> {
    run(Command::new("python3").args(["-m", "venv"]).arg(new))
        .map_err(|why| format!("{why}; Debian packs it as python3-venv"))?;
    println!("fetching {ZIG}");
    run(Command::new(new.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .arg(ZIG))
}

/// A variable that the build of C code reads for this processor.
fn variable(name: &str, processor: Processor) -> String {
    format!("{name}_{}", processor.target().replace('-', "_"))
}

/// Makes a folder completely or not at all.
fn once(folder: &Path, fill: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
    let done = folder.join(".complete");
    if done.exists() {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(at(folder))?;
    }
    fill(folder)?;
    fs::write(&done, "").map_err(at(&done))
}

/// Copies a folder, by hard links where that can be.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let linked = Command::new("cp")
        .arg("-al")
        .args([from, to])
        .stderr(Stdio::null())
        .status();
    if linked.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(to);
    run(Command::new("cp").arg("-a").args([from, to]))
}

fn make(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(at(folder))
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} failed ({status})")),
        Err(error) => Err(format!("cannot start {name}: {error}")),
    }
}

fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name} failed ({})", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn at(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}
