//! The tracked text files of the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One tracked text file; `path` is relative to the root and uses forward slashes.
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The kinds of files that the rules look at.
const EXTENSIONS: [&str; 4] = ["rs", "toml", "md", "yml"];

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned()
}

/// Reads every tracked or new, not ignored, file of a kind that the rules look at.
///
/// Outside a git checkout, as in an unpacked archive, the folders are walked instead.
pub(crate) fn tracked() -> Vec<SourceFile> {
    let root = root();
    let paths = listed_by_git(&root).unwrap_or_else(|| walk(&root));
    paths
        .into_iter()
        .filter(|path| EXTENSIONS.iter().any(|extension| path.ends_with(&format!(".{extension}"))))
        // A file deleted in the working tree is still listed until the deletion is committed.
        .filter(|path| root.join(path).is_file())
        .map(|path| {
            let text = std::fs::read_to_string(root.join(&path))
                .unwrap_or_else(|error| panic!("{path} cannot be read as text: {error}"));
            SourceFile { path, text }
        })
        .collect()
}

fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    let listing = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    (output.status.success() && !paths.is_empty()).then_some(paths)
}

fn walk(root: &Path) -> Vec<String> {
    let mut folders = vec![root.to_owned()];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("a folder can be listed to its end").path();
            let hidden_or_built = path
                .file_name()
                .is_some_and(|name| name == "target" || name.to_string_lossy().starts_with('.'));
            if hidden_or_built {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(relative) = path.strip_prefix(root) {
                paths.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    paths
}

#[test]
fn walking_finds_what_git_lists() {
    let root = root();
    let walked = walk(&root);
    for path in ["xtask/src/main.rs", "Cargo.toml"] {
        assert!(walked.iter().any(|found| found == path), "{path} was not found");
    }
    assert!(!walked.iter().any(|path| path.starts_with("target/")));
}
