//! Mesa's lavapipe, which runs device programs on the processor, so that the WebGPU backend is tested on every machine.

use std::fs;
use std::path::Path;

use super::apt::{self, Suite};
use super::{Outcome, succeeded};
use crate::step::Invocation;

/// Older ones end loops of device programs after 65,535 rounds without an error; the backend refuses them.
const OLDEST: u32 = 23;

const DRIVER: &str = "mesa-vulkan-drivers";
const LOADER: &str = "libvulkan1";
const SOURCES: &str = "/etc/apt/sources.list.d/ringkernel-backports.sources";

/// Installs Mesa where the system's packages have one that is new enough.
pub(crate) fn ensure() -> Outcome {
    if !cfg!(target_os = "linux") {
        println!("skip     Mesa: on this system WebGPU runs on the driver of the GPU");
        return Outcome::Ready;
    }
    if let (Some(driver), Some(_)) = (installed(DRIVER), installed(LOADER))
        && is_new_enough(&driver)
    {
        println!("skip     Mesa: {driver} is already installed");
        return Outcome::Ready;
    }
    let Err(reason) = install() else { return Outcome::Ready };
    println!(
        "optional Mesa: {reason}; without Mesa {OLDEST} or newer ({DRIVER}, {LOADER}) or the driver of a GPU, `test` skips the WebGPU backend"
    );
    Outcome::Skipped
}

fn install() -> Result<(), String> {
    if !Invocation::new("apt-get", "--version").succeeds() {
        return Err("this system has no apt-get; install it by its own means".into());
    }
    if Invocation::new("id", "-u").output().is_none_or(|id| id.trim() != "0") {
        return Err("installing packages needs root; run `cargo xtask setup` as root".into());
    }
    let mut from = Vec::new();
    if !candidate().is_some_and(|version| is_new_enough(&version)) {
        from = vec!["-t".to_owned(), add_backports()?];
    }
    println!("install  {DRIVER} and {LOADER}: lavapipe of Mesa {OLDEST} or newer is missing");
    let mut call = Invocation::new("apt-get", "install --yes --no-install-recommends");
    call.args.extend(from);
    let call = call.words(DRIVER).words(LOADER).env("DEBIAN_FRONTEND", "noninteractive");
    if !succeeded(&call) {
        return Err("it could not be installed".into());
    }
    match installed(DRIVER) {
        Some(version) if is_new_enough(&version) => Ok(()),
        version => Err(format!("the packages have {}", version.as_deref().unwrap_or("none"))),
    }
}

/// Makes sure that the backports of this release are among the package sources, and gives their name.
fn add_backports() -> Result<String, String> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let release = codename(&release).ok_or("the system does not say which release it is")?;
    let suite = format!("{release}-backports");
    match apt::find(&apt::sources(Path::new("/etc/apt")), &release, &suite) {
        Suite::Listed => {}
        Suite::NoMirror => return Err(format!("no package source of this system has {release}")),
        Suite::Missing(text) => {
            println!("install  {SOURCES}: the suite {suite} of this system's mirror");
            fs::write(SOURCES, text).map_err(|error| format!("{SOURCES}: {error}"))?;
        }
    }
    if succeeded(&Invocation::new("apt-get", "update")) {
        Ok(suite)
    } else {
        Err("the lists of packages could not be updated".into())
    }
}

/// The installed version of a package.
fn installed(package: &str) -> Option<String> {
    let query = Invocation::new("dpkg-query", "--show --showformat")
        .arg("${db:Status-Status} ${Version}")
        .arg(package);
    query.output()?.strip_prefix("installed ").map(str::to_owned)
}

/// The version of the driver that would be installed by default.
fn candidate() -> Option<String> {
    let policy = Invocation::new("apt-cache", "policy").arg(DRIVER).env("LC_ALL", "C").output()?;
    policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: ")).map(str::to_owned)
}

fn is_new_enough(version: &str) -> bool {
    // A version may begin with an epoch, as in `1:25.0.7-2`.
    let upstream = version.split_once(':').map_or(version, |(_, rest)| rest);
    let major = upstream.split(|character: char| !character.is_ascii_digit()).next();
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= OLDEST)
}

fn codename(os_release: &str) -> Option<String> {
    let value = os_release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    Some(value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart_by_their_first_number() {
        for (version, new_enough) in [
            ("22.3.6-1+deb12u1", false),
            ("25.0.7-2~bpo12+1", true),
            ("1:23.0.0-1", true),
            ("9.0", false),
            ("(none)", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(version), new_enough, "{version}");
        }
    }

    #[test]
    fn the_release_is_read_from_what_the_system_says() {
        assert_eq!(codename("ID=debian\nVERSION_CODENAME=bookworm\n").as_deref(), Some("bookworm"));
        assert_eq!(codename("VERSION_CODENAME=\"noble\"").as_deref(), Some("noble"));
        assert_eq!(codename("ID=arch"), None);
    }
}
