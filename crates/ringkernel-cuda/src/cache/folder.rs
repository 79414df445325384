//! A folder of files by key, bounded in size. Several processes may use it at once: a file appears under its name when it is whole,
//! and those that have not been used for longest go first.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ringkernel_core::sync::atomic::{AtomicU64, Ordering};

use super::entry;

/// The folder, which need not be there yet.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    limit_bytes: u64,
    /// For names that no other file of this process has.
    written: AtomicU64,
}

const ENDING: &str = "cubin";
const UNFINISHED: &str = "part";

/// What is unfinished for longer was left by a process that has ended.
const UNFINISHED_AT_MOST: Duration = Duration::from_secs(3600);

impl Folder {
    pub(super) fn new(path: PathBuf, limit_bytes: u64) -> Self {
        Self { path, limit_bytes, written: AtomicU64::new(0) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of a key, if they are there and whole.
    pub(super) fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let path = self.place(key);
        let file = fs::read(&path).ok()?;
        let bytes = entry::read(&file, key)?.to_vec();
        // It has been used now. Where that cannot be written down it goes earlier, and nothing else happens.
        let _ =
            File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(bytes)
    }

    /// Keeps the bytes of a key, in the place of what it had before.
    pub(super) fn put(&self, key: &[u8], bytes: &[u8]) -> io::Result<()> {
        let content = entry::write(key, bytes);
        if content.len() as u64 > self.limit_bytes {
            return Ok(());
        }
        create_private(&self.path)?;
        // Relaxed: a number of its own for each, in no order.
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.path.join(format!("{}-{number}.{UNFINISHED}", std::process::id()));
        let written = File::create(&unfinished)
            .and_then(|mut file| file.write_all(&content))
            .and_then(|()| fs::rename(&unfinished, self.place(key)));
        if written.is_err() {
            // What cannot be removed is removed when it is old.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        self.shrink()
    }

    fn place(&self, key: &[u8]) -> PathBuf {
        self.path.join(format!("{:016x}.{ENDING}", entry::sum(key)))
    }

    /// Removes what was not used for longest until the rest fits.
    fn shrink(&self) -> io::Result<()> {
        let now = SystemTime::now();
        let mut files = Vec::new();
        for file in fs::read_dir(&self.path)? {
            let path = file?.path();
            // Another process may have removed it.
            let Ok(about) = path.metadata() else { continue };
            let used = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            match path.extension().and_then(|ending| ending.to_str()) {
                Some(ENDING) => files.push((used, about.len(), path)),
                Some(UNFINISHED) if now.duration_since(used).is_ok_and(|age| age > UNFINISHED_AT_MOST) => {
                    let _ = fs::remove_file(&path);
                }
                _ => {}
            }
        }
        files.sort();
        let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in files {
            if total <= self.limit_bytes {
                break;
            }
            // What another process has removed meanwhile is gone as well.
            let _ = fs::remove_file(path);
            total -= bytes;
        }
        Ok(())
    }
}

/// Makes a folder that only its user can write to, because what is in it runs on a device.
fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A folder of its own, which is removed when the test has passed.
    pub(crate) struct Temporary(pub(crate) PathBuf);

    impl Temporary {
        pub(crate) fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ringkernel-cache-{}-{name}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        fn folder(&self, limit_bytes: u64) -> Folder {
            Folder::new(self.0.clone(), limit_bytes)
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn names(folder: &Folder) -> usize {
        fs::read_dir(&folder.path).map_or(0, Iterator::count)
    }

    #[test]
    fn bytes_are_found_by_their_key_also_by_another_process() {
        let temporary = Temporary::new("found");
        let folder = temporary.folder(1 << 20);
        assert_eq!(folder.get(b"key"), None);
        folder.put(b"key", b"one").unwrap();
        folder.put(b"key", b"two").unwrap();
        folder.put(b"other", b"three").unwrap();
        let again = temporary.folder(1 << 20);
        assert_eq!(again.get(b"key").as_deref(), Some(&b"two"[..]));
        assert_eq!(again.get(b"other").as_deref(), Some(&b"three"[..]));
        assert_eq!(names(&folder), 2, "nothing unfinished is left");
    }

    #[test]
    fn a_damaged_file_is_no_file_and_is_replaced() {
        let temporary = Temporary::new("damaged");
        let folder = temporary.folder(1 << 20);
        folder.put(b"key", b"bytes").unwrap();
        for damage in [&b""[..], b"RKCUDA01", b"something else"] {
            fs::write(folder.place(b"key"), damage).unwrap();
            assert_eq!(folder.get(b"key"), None);
        }
        folder.put(b"key", b"again").unwrap();
        assert_eq!(folder.get(b"key").as_deref(), Some(&b"again"[..]));
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let temporary = Temporary::new("bounded");
        let each = entry::write(b"a", &[0; 1000]).len() as u64;
        let folder = temporary.folder(3 * each);
        let long_ago = |seconds| SystemTime::now() - Duration::from_secs(seconds);
        for (key, age) in [(b"a", 300), (b"b", 200), (b"c", 100)] {
            folder.put(key, &[0; 1000]).unwrap();
            let file = File::options().append(true).open(folder.place(key)).unwrap();
            file.set_modified(long_ago(age)).unwrap();
        }
        assert!(folder.get(b"a").is_some(), "which counts as a use");
        folder.put(b"d", &[0; 1000]).unwrap();
        let there = [b"a", b"b", b"c", b"d"].map(|key| folder.get(key).is_some());
        assert_eq!(there, [true, false, true, true]);
    }

    #[test]
    fn what_is_larger_than_the_folder_is_not_kept() {
        let temporary = Temporary::new("large");
        let folder = temporary.folder(1000);
        folder.put(b"key", &[0; 1000]).unwrap();
        assert_eq!((folder.get(b"key"), names(&folder)), (None, 0));
    }

    #[test]
    fn old_unfinished_files_are_removed_and_new_ones_and_strangers_are_not() {
        let temporary = Temporary::new("unfinished");
        let folder = temporary.folder(10);
        create_private(&temporary.0).unwrap();
        for name in ["1-0.part", "2-0.part", "notes.txt"] {
            fs::write(temporary.0.join(name), [0; 100]).unwrap();
        }
        let old = File::options().append(true).open(temporary.0.join("1-0.part")).unwrap();
        old.set_modified(SystemTime::now() - Duration::from_secs(7200)).unwrap();
        folder.shrink().unwrap();
        let there = ["1-0.part", "2-0.part", "notes.txt"].map(|name| temporary.0.join(name).exists());
        assert_eq!(there, [false, true, true]);
    }

    #[test]
    fn several_threads_write_and_read_whole_files() {
        let temporary = Temporary::new("threads");
        let folder = temporary.folder(1 << 20);
        std::thread::scope(|scope| {
            for byte in 1..=4u8 {
                let folder = &folder;
                scope.spawn(move || {
                    for _ in 0..50 {
                        folder.put(b"key", &[byte; 500]).unwrap();
                        let bytes = folder.get(b"key").unwrap();
                        assert!(bytes.len() == 500 && bytes.iter().all(|other| *other == bytes[0]));
                    }
                });
            }
        });
        assert_eq!(names(&folder), 1);
    }
}
