//! A copy of the sources in which changes are made and undone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of the sources.
#[derive(Debug)]
pub(super) struct Copy(PathBuf);

/// A change in a copy.
#[derive(Debug)]
pub(super) struct Applied {
    path: PathBuf,
    before: String,
}

impl Copy {
    /// Copies all files that git knows or would know. A file that is there already with the same content is left alone,
    /// so that nothing is built again without a reason.
    pub(super) fn of(root: &Path, folder: &Path) -> io::Result<Self> {
        let listed = Command::new("git")
            .current_dir(root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()?;
        if !listed.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&listed.stderr).into_owned()));
        }
        for name in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|name| !name.is_empty()) {
            let (from, to) = (root.join(name), folder.join(name));
            // What git knows may have been deleted.
            let Ok(content) = fs::read(&from) else { continue };
            if fs::read(&to).is_ok_and(|known| known == content) {
                continue;
            }
            fs::create_dir_all(to.parent().unwrap_or(folder))?;
            fs::write(&to, content)?;
        }
        Ok(Self(folder.to_owned()))
    }

    /// Where it lies.
    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    /// Replaces a text in a file, in which it has to occur once.
    pub(super) fn apply(&self, file: &str, from: &str, to: &str) -> Result<Applied, String> {
        let path = self.0.join(file);
        let before = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        match before.matches(from).count() {
            1 => {}
            count => {
                return Err(format!("{file} has `{from}` {count} times, not once: the list is out of date"));
            }
        }
        let after = before.replacen(from, to, 1);
        fs::write(&path, after).map_err(|error| format!("{file}: {error}"))?;
        Ok(Applied { path, before })
    }
}

impl Applied {
    /// Puts the file back as it was.
    pub(super) fn undo(self) -> io::Result<()> {
        fs::write(&self.path, &self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_once_and_undone() {
        let folder = std::env::temp_dir().join(format!("xtask-mutants-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for the test");
        fs::write(folder.join("file"), "one two two").expect("a file for the test");
        let copy = Copy(folder.clone());
        let applied = copy.apply("file", "one", "three").expect("it occurs once");
        assert_eq!(fs::read_to_string(folder.join("file")).expect("it is there"), "three two two");
        applied.undo().expect("the file can be written");
        assert_eq!(fs::read_to_string(folder.join("file")).expect("it is there"), "one two two");
        for (file, from) in [("file", "two"), ("file", "four"), ("other", "one")] {
            assert!(copy.apply(file, from, "five").is_err(), "{from} in {file}");
        }
        fs::remove_dir_all(folder).expect("the folder is ours");
    }
}
