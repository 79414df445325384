//! The script of the bundle for machines with a GPU, with programs in the place of those that it runs: what it counts as what, and
//! that it leaves no process behind.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A device, and a compiler for it.
const DEVICES: &str = "echo 'compiler: NVRTC 13'; echo 'device: a card'";

/// A suite of eleven cases, which hangs when it is told to, in a process that nobody is the parent of.
const SUITE: &str = r#"
case "$*" in
    *--list*) for n in 1 2 3 4 5 6 7 8 9 10 11; do echo "topic::case_$n: test"; done; exit ;;
esac
if [ -n "${HANG-}" ]; then setsid sleep "$HANG" & sleep "$HANG"; fi
if [ -n "${PANICS-}" ]; then
    echo "called unwrap() on Unsupported { what: grids }"
    echo "test result: FAILED. 0 passed; 1 failed; 0 ignored"
    exit 101
fi
count=0
for word in "$@"; do case $word in *::*) count=$((count + 1)) ;; esac; done
# The case that goes first is not told to do anything else.
case "$*" in *lifecycle::*) EMPTY="" CRASHES="" ;; esac
if [ -n "${EMPTY-}" ]; then count=0; fi
echo "test result: ok. $count passed; 0 failed; 0 ignored"
exit "${CRASHES:-0}"
"#;

/// Options of the tool go up to the program that it runs.
const SANITIZER: &str = r#"
echo "========= COMPUTE-SANITIZER"
if [ -n "${REFUSES-}" ]; then echo "========= Error: Device not supported. Please refer to the manual."; exit 1; fi
while [ "${1#/}" = "$1" ]; do shift; done
code=0
if [ -z "${IDLE-}" ]; then "$@"; code=$?; fi
echo "========= ERROR SUMMARY: ${ERRORS-0} errors"
[ "${ERRORS-0}" = 0 ] || exit 97
exit "$code"
"#;

/// The bundle, unpacked into a folder that is removed in the end.
struct Bundle {
    folder: PathBuf,
}

impl Bundle {
    fn unpack() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ringkernel-script-{}-{number}", std::process::id()));
        for inner in ["bin", "script", "programs", "late"] {
            fs::create_dir_all(folder.join(inner)).unwrap();
        }
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bundle/script");
        fs::copy(sources.join("run.sh"), folder.join("run.sh")).unwrap();
        for file in ["limits.sh", "sanitizer.sh"] {
            fs::copy(sources.join(file), folder.join("script").join(file)).unwrap();
        }
        fs::write(folder.join("BUILD"), "built here\n").unwrap();
        let bundle = Self { folder };
        bundle.program("bin/ringkernel-cuda-devices", DEVICES);
        bundle.program("bin/conformance", SUITE);
        bundle.program("bin/facade", SUITE);
        bundle.program("sanitizer", SANITIZER);
        bundle
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn script(&self, words: &str, variables: &[(&str, &str)]) -> Command {
        let mut script = Command::new("sh");
        script.arg(self.folder.join("run.sh")).arg("--out").arg(self.folder.join("results"));
        script.args(words.split_whitespace()).stdout(Stdio::null());
        script.env("COMPUTE_SANITIZER", self.folder.join("sanitizer")).envs(variables.iter().copied());
        script
    }

    /// Whether the script succeeds, and its table.
    fn run(&self, words: &str, variables: &[(&str, &str)]) -> (bool, String) {
        let status = self.script(words, variables).status().unwrap();
        (status.success(), self.table())
    }

    fn table(&self) -> String {
        fs::read_to_string(self.folder.join("results/table.txt")).unwrap_or_default()
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What passed, failed and was skipped in a part, and the remark.
fn row(table: &str, part: &str) -> (u32, u32, u32, String) {
    let row =
        table.lines().find(|line| line.starts_with(part)).unwrap_or_else(|| panic!("no {part} in {table}"));
    let mut words = row.split_whitespace().skip(1);
    let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{row}"));
    let (passed, failed, skipped, _seconds) = (number(), number(), number(), number());
    (passed, failed, skipped, words.collect::<Vec<_>>().join(" "))
}

/// Processes with this word in their command line.
fn processes(word: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let lines = entries.filter_map(|path| fs::read_to_string(path.join("cmdline")).ok());
    lines.filter(|line| line.split('\0').any(|part| part == word)).collect()
}

fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "this never happened: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_suite_runs_under_the_tool_in_lots_and_its_errors_count_as_failed() {
    for tool in ["memcheck", "synccheck"] {
        let bundle = Bundle::unpack();
        // The first case goes first, by itself.
        let (succeeds, table) = bundle.run(tool, &[]);
        assert_eq!((succeeds, row(&table, tool)), (true, (12, 0, 0, "0 errors found".into())));
        let (succeeds, table) = bundle.run(tool, &[("ERRORS", "5")]);
        assert_eq!((succeeds, row(&table, tool)), (false, (12, 15, 0, "15 errors found".into())));
        let (succeeds, table) = bundle.run(&format!("--cases case_[23] {tool}"), &[]);
        assert_eq!((succeeds, row(&table, tool).0), (true, 3));
    }
}

#[test]
fn a_tool_that_is_missing_or_refuses_the_device_is_skipped_with_the_reason() {
    let bundle = Bundle::unpack();
    let (succeeds, table) = bundle.run("memcheck", &[("COMPUTE_SANITIZER", "/nowhere/compute-sanitizer")]);
    let (passed, failed, skipped, remark) = row(&table, "memcheck");
    assert_eq!((succeeds, passed, failed, skipped), (true, 0, 0, 1));
    assert!(remark.starts_with("no compute-sanitizer"), "{remark}");
    let (succeeds, table) = bundle.run("memcheck", &[("REFUSES", "1")]);
    let (passed, failed, skipped, remark) = row(&table, "memcheck");
    assert_eq!((succeeds, passed, failed, skipped), (true, 0, 0, 1));
    assert!(remark.contains("Device not supported"), "{remark}");
}

#[test]
fn a_tool_that_runs_nothing_has_found_nothing_out() {
    let bundle = Bundle::unpack();
    let (succeeds, table) = bundle.run("memcheck", &[("IDLE", "1")]);
    let (passed, failed, ..) = row(&table, "memcheck");
    assert_eq!((succeeds, passed, failed), (false, 0, 1));
}

#[test]
fn a_case_that_fails_is_not_a_tool_that_refuses() {
    let bundle = Bundle::unpack();
    let (succeeds, table) = bundle.run("memcheck", &[("PANICS", "1")]);
    let (passed, failed, skipped, _) = row(&table, "memcheck");
    assert_eq!((succeeds, passed, failed, skipped), (false, 0, 1, 0), "{table}");
}

#[test]
fn a_lot_that_crashes_or_runs_no_test_counts_as_failed() {
    for (variable, value, passed) in [("CRASHES", "139", 12), ("EMPTY", "1", 1)] {
        let bundle = Bundle::unpack();
        let (succeeds, table) = bundle.run("memcheck", &[(variable, value)]);
        let remark = "0 errors found, 2 lots crashed or ran no test".into();
        assert_eq!((succeeds, row(&table, "memcheck")), (false, (passed, 2, 0, remark)), "{table}");
    }
}

#[test]
fn what_a_benchmark_stopped_for_stands_in_its_remark() {
    let bundle = Bundle::unpack();
    bundle.program(
        "bin/table",
        "echo 'STOPPED: cuda-scale at 9 actors of 10: full'; echo '| a | **ringkernel**'",
    );
    let (succeeds, table) = bundle.run("bench-scale", &[]);
    let remark = "stopped: cuda-scale at 9 actors of 10: full".into();
    assert_eq!((succeeds, row(&table, "bench-scale")), (true, (1, 0, 0, remark)), "{table}");
}

#[test]
fn numbers_may_begin_with_zeros_and_are_not_zero() {
    let bundle = Bundle::unpack();
    for option in ["--limits", "--within"] {
        for refused in ["0", "00", "", "1s"] {
            let status = bundle.script("device", &[]).args([option, refused]).status().unwrap();
            assert_eq!(status.code(), Some(2), "{option} '{refused}'");
        }
        let (succeeds, table) = bundle.run(&format!("{option} 090 --cases case_[23] conformance"), &[]);
        assert!(succeeds, "{table}");
    }
}

#[test]
fn what_hangs_is_ended_with_all_that_it_has_started_and_costs_no_other_part() {
    let bundle = Bundle::unpack();
    for part in ["conformance", "memcheck"] {
        let (succeeds, table) = bundle.run(&format!("--within 15 {part} device"), &[("HANG", "98761")]);
        let (passed, failed, _, remark) = row(&table, part);
        assert_eq!((succeeds, passed, failed), (false, 0, 1), "{table}");
        assert!(remark.contains("stopped after"), "{remark}");
        assert_eq!(processes("98761"), Vec::<String>::new());
        // There was no time left for it.
        assert_eq!(row(&table, "device").1, 1, "{table}");
    }
    let (succeeds, table) = bundle.run("facade device", &[]);
    assert_eq!((succeeds, row(&table, "device").0), (false, 1), "{table}");
}

/// The script, in the middle of a part that hangs.
fn hanging(bundle: &Bundle, seconds: &str) -> Child {
    let script = bundle.script("device conformance", &[("HANG", seconds)]).spawn().unwrap();
    // One beside the other, and the command that limits them is not one of them.
    eventually("the part runs", || processes(seconds).len() >= 2);
    script
}

fn signal(name: &str, process: &Child) {
    let status = Command::new("kill").args(["-s", name, &process.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_run_that_is_ended_leaves_no_process_and_says_what_it_has_found() {
    let bundle = Bundle::unpack();
    let mut script = hanging(&bundle, "98762");
    signal("TERM", &script);
    assert!(!script.wait().unwrap().success());
    assert_eq!(processes("98762"), Vec::<String>::new());
    let table = bundle.table();
    assert_eq!(row(&table, "device").0, 1);
    assert_eq!(row(&table, "conformance").3, "the run was ended");
    assert_eq!(row(&table, "all").1, 1);
}

#[test]
fn a_run_that_is_ended_while_a_part_begins_ends_that_too() {
    let bundle = Bundle::unpack();
    // The command that marks a part comes to that only later.
    let (begun, go_on) = (bundle.folder.join("begun"), bundle.folder.join("go-on"));
    let wait = format!("while ! [ -e {} ]; do sleep 0.1; done", go_on.display());
    let late = format!("echo $$ > {}; {wait}; exec /usr/bin/env \"$@\"", begun.display());
    bundle.program("late/env", &late);
    let path = format!("{}:{}", bundle.folder.join("late").display(), std::env::var("PATH").unwrap());
    let mut script = bundle.script("conformance", &[("PATH", &path), ("HANG", "98764")]).spawn().unwrap();
    let beginning = || fs::read_to_string(&begun).unwrap_or_default();
    eventually("the part begins", || beginning().ends_with('\n'));
    signal("TERM", &script);
    assert!(!script.wait().unwrap().success());
    assert_eq!(row(&bundle.table(), "conformance").3, "the run was ended");
    let there = Path::new("/proc").join(beginning().trim()).exists();
    fs::write(go_on, "").unwrap();
    assert!(!there, "it would have gone on to run the part");
}

#[test]
fn a_run_that_is_killed_leaves_no_process() {
    let bundle = Bundle::unpack();
    let mut script = hanging(&bundle, "98763");
    signal("KILL", &script);
    script.wait().unwrap();
    eventually("everything has ended", || processes("98763").is_empty());
    assert_eq!(row(&bundle.table(), "device").0, 1);
}
