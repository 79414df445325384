//! The package sources of a Debian machine, as far as a further suite of the same mirror needs them.
//!
//! No host is named here: the mirror is whatever the machine itself uses.

use std::fs;
use std::path::Path;

/// Some suites of one mirror.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    uris: String,
    suites: Vec<String>,
    components: Vec<String>,
    /// The file of keys that the mirror's signatures are checked with, where the machine names one.
    keys: Option<String>,
}

/// What has to be done to have a suite.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    /// Nothing.
    Listed,
    /// A file of sources with this text has to be added.
    Missing(String),
    /// The machine has no mirror of the release that the suite belongs to.
    NoMirror,
}

/// The sources below a folder such as `/etc/apt`.
pub(crate) fn sources(folder: &Path) -> Vec<Source> {
    let mut files = vec![folder.join("sources.list")];
    files.extend(
        fs::read_dir(folder.join("sources.list.d")).into_iter().flatten().flatten().map(|entry| entry.path()),
    );
    files.sort();
    let parse = |file: &Path| -> Vec<Source> {
        let text = fs::read_to_string(file).unwrap_or_default();
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("sources") => stanzas(&text),
            Some("list") => lines(&text),
            // apt reads no other files.
            _ => Vec::new(),
        }
    };
    files.iter().flat_map(|file| parse(file)).collect()
}

/// How to have `suite`, which the mirror of `release` carries, too.
pub(crate) fn find(sources: &[Source], release: &str, suite: &str) -> Suite {
    let has = |source: &&Source, name: &str| source.suites.iter().any(|suite| suite == name);
    let main = |source: &&Source| source.components.iter().any(|component| component == "main");
    if sources.iter().any(|source| has(&source, suite)) {
        return Suite::Listed;
    }
    let Some(mirror) = sources.iter().filter(main).find(|source| has(source, release)) else {
        return Suite::NoMirror;
    };
    let keys = mirror.keys.as_ref().map(|keys| format!("Signed-By: {keys}\n")).unwrap_or_default();
    Suite::Missing(format!("Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\n{keys}", mirror.uris))
}

/// Sources of the form with one field a line, blocks being separated by empty lines.
fn stanzas(text: &str) -> Vec<Source> {
    let without_comments: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    without_comments.split(|line| line.trim().is_empty()).filter_map(stanza).collect()
}

fn stanza(lines: &[&str]) -> Option<Source> {
    let field = |name: &str| {
        lines.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let words = |name: &str| {
        field(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    if field("Enabled").is_some_and(|enabled| enabled.eq_ignore_ascii_case("no")) {
        return None;
    }
    words("Types").contains(&"deb".to_owned()).then(|| Source {
        uris: words("URIs").join(" "),
        suites: words("Suites"),
        components: words("Components"),
        // Keys may also stand in the file itself; then they are not copied.
        keys: field("Signed-By").filter(|keys| keys.starts_with('/')).map(str::to_owned),
    })
}

/// Sources of the form with one source a line: `deb [signed-by=file] address suite component component`.
fn lines(text: &str) -> Vec<Source> {
    text.lines().filter_map(|line| source_line(line.split('#').next().unwrap_or_default())).collect()
}

fn source_line(line: &str) -> Option<Source> {
    let rest = line.trim().strip_prefix("deb ")?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        uris: words.next()?,
        suites: vec![words.next()?],
        components: words.collect(),
        keys: options
            .split_whitespace()
            .find_map(|option| option.strip_prefix("signed-by="))
            .map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANZAS: &str = "\
Types: deb
# what it was before
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/some.gpg

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main
";

    const LINES: &str = "\
# a comment
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/some.gpg] http://other.example/debian bookworm main # the mirror
deb http://other.example/security bookworm-security main
";

    #[track_caller]
    fn check(sources: &[Source], expected: &Suite) {
        assert_eq!(find(sources, "bookworm", "bookworm-backports"), *expected, "{sources:?}");
    }

    #[test]
    fn a_further_suite_comes_from_the_mirror_that_the_machine_uses() {
        let text = |host: &str, keys: &str| {
            let head = format!("Types: deb\nURIs: http://{host}/debian\nSuites: bookworm-backports\n");
            Suite::Missing(format!("{head}Components: main\nSigned-By: {keys}\n"))
        };
        check(&stanzas(STANZAS), &text("mirror.example", "/usr/share/keyrings/some.gpg"));
        check(&lines(LINES), &text("other.example", "/keys/some.gpg"));
    }

    #[test]
    fn a_suite_that_is_there_is_not_added_again() {
        let added = match find(&stanzas(STANZAS), "bookworm", "bookworm-backports") {
            Suite::Missing(text) => format!("{STANZAS}\n{text}"),
            other => panic!("{other:?}"),
        };
        check(&stanzas(&added), &Suite::Listed);
        check(&lines("deb http://mirror.example/debian bookworm-backports main"), &Suite::Listed);
    }

    #[test]
    fn without_a_mirror_of_the_release_nothing_is_guessed() {
        check(&[], &Suite::NoMirror);
        check(&stanzas(&STANZAS.replace("bookworm ", "trixie ")), &Suite::NoMirror);
        check(&stanzas(&format!("Enabled: no\n{STANZAS}")), &Suite::NoMirror);
        check(&lines("deb http://mirror.example/debian bookworm contrib"), &Suite::NoMirror);
    }

    #[test]
    fn all_files_that_apt_reads_are_read() {
        let folder = std::env::temp_dir().join(format!("xtask-apt-{}", std::process::id()));
        fs::create_dir_all(folder.join("sources.list.d")).expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file");
        write("sources.list", LINES);
        write("sources.list.d/debian.sources", STANZAS);
        write("sources.list.d/old.sources.disabled", STANZAS);
        let found = sources(&folder);
        fs::remove_dir_all(&folder).expect("it was there");
        assert_eq!(found.len(), 4, "{found:?}");
    }
}
