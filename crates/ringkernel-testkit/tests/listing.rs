//! Every case is part of the suite: a case that nobody runs would prove nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The cases of a folder, as `topic::case`.
fn written(folder: &Path) -> BTreeSet<String> {
    let mut cases = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder of cases") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue;
        }
        let topic = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for line in fs::read_to_string(&path).expect("a source file").lines() {
            if let Some(rest) = line.strip_prefix("pub async fn ") {
                let case = rest.split('(').next().unwrap_or_default();
                cases.insert(format!("{topic}::{case}"));
            }
        }
    }
    cases
}

/// The cases that the macro lists in the part of its text between two marks.
fn listed(from: &str, to: &str) -> BTreeSet<String> {
    let source = include_str!("../src/suite.rs");
    let part = source.split_once(from).expect("the first mark").1;
    let part = part.split_once(to).expect("the second mark").0;
    let (mut topic, mut cases) = (String::new(), BTreeSet::new());
    for word in part.split_whitespace() {
        match word {
            "{" | "}" => {}
            name if part.contains(&format!("{name} {{")) => topic = name.into(),
            name => assert!(cases.insert(format!("{topic}::{name}")), "{topic}::{name} is listed twice"),
        }
    }
    cases
}

#[test]
fn the_suite_lists_every_case() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cases");
    assert_eq!(listed("[$crate::cases],", "}\n    };"), written(&cases));
    let host_only = listed("[$crate::cases::host_only],", "}\n        }\n    };");
    assert_eq!(host_only, written(&cases.join("host_only")));
    assert!(host_only.len() > 10);
}
