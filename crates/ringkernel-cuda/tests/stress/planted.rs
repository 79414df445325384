//! Mistakes that are planted in the device's text: each is found by the simulator, by ThreadSanitizer, or by what comes of it.

use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use ringkernel_cuda_sim::is_watched;

use crate::simulated::is_simulated;
use crate::{load, machine};

/// Names the mistake to a process that runs with it.
const CASE: &str = "RINGKERNEL_CUDA_STRESS_CASE";

/// Enough messages for several laps of the way to the grid.
const SCALE: u32 = 30;

/// Who waits so long waits for a message that is lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process that has not come to an end by then hangs: lost messages are waited for.
const LIMIT: Duration = Duration::from_secs(150);

/// Who finds a mistake.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    /// The simulator, with these words.
    Reported(&'static str),
    /// ThreadSanitizer alone: this machine's processor orders more than the text asks for.
    Watched,
    /// Anybody: the answers are wrong, or do not come.
    Noticed,
}

/// Runs the load in a process of its own, in which `before` is replaced by `after` in the device's text.
fn check(case: &str, before: &str, after: &str, found: Found) {
    if std::env::var_os(CASE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
        let handled = runtime.expect("a tokio runtime").block_on(load::run(SCALE, PATIENCE));
        assert_ne!(handled, 0);
        return;
    }
    if let Err(reason) = machine::prepare() {
        return ringkernel_testkit::gate::skip("cuda", &reason);
    }
    if !is_simulated() {
        return skip(case, "a device shows no mistakes, and some would hang it");
    }
    if (found == Found::Watched) != is_watched() {
        let reason = if is_watched() { "sees it no better" } else { "is not there" };
        return skip(case, &format!("ThreadSanitizer {reason}"));
    }
    let (status, output) = run_with(case, &format!("{before}=>>{after}"));
    assert!(!output.contains("does not fit") && !output.contains("ProgramRefused"), "{case}: {output}");
    assert!(!status.is_some_and(|status| status.success()), "{case} is not noticed: {output}");
    match found {
        Found::Reported(words) => assert!(output.contains(words), "{case}: {output}"),
        Found::Watched => assert!(output.contains("data race"), "{case}: {output}"),
        Found::Noticed => {}
    }
}

fn skip(case: &str, reason: &str) {
    // Not with a macro of the standard library: the test harness would keep that for tests that fail.
    let _ = writeln!(std::io::stderr(), "SKIPPED {case}: {reason}");
}

/// How a process with this mistake ends, if it does, and what it says.
fn run_with(case: &str, plant: &str) -> (Option<ExitStatus>, String) {
    let program = std::env::current_exe().expect("the program has a path");
    let test = std::thread::current().name().expect("a test has a name").to_owned();
    let mut child = Command::new(program)
        .args(["--exact", &test, "--nocapture"])
        .env(CASE, case)
        .env("RINGKERNEL_CUDA_SIM_PLANT", plant)
        .env("RINGKERNEL_CUDA_CACHE", "")
        .env("RINGKERNEL_CUDA_PROGRAMS", "")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stderr = child.stderr.take().expect("it is a pipe");
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        stderr.read_to_end(&mut said).map(|_| String::from_utf8_lossy(&said).into_owned())
    });
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break Some(status);
        }
        if begin.elapsed() > LIMIT {
            child.kill().expect("it can be ended");
            child.wait().expect("it has ended");
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    (status, reader.join().expect("the reader ends").expect("it can be read"))
}

#[test]
fn a_publication_without_release_is_found() {
    let unit = "world->egress + (rk_u64)(number % world->egress_units) * 4u";
    let relaxed =
        format!("for (rk_u32 i = 0u; i < 4u; i += 1u) {{ rk_store_relaxed_sys({unit} + i, unit[i]); }}");
    check("relaxed", &format!("rk_store_unit_sys({unit}, unit);"), &relaxed, Found::Watched);
}

#[test]
fn lanes_that_do_not_meet_before_one_publishes_are_found() {
    let text =
        "        // What other lanes have written is published by the first one.\n        __syncwarp();\n";
    // The others are late.
    let late = "        for (rk_u64 now = rk_globaltimer(); lane == 1u && rk_globaltimer() - now < 20000ull;) {\n        }\n";
    check("meeting", text, late, Found::Noticed);
}

#[test]
fn a_scope_that_does_not_reach_the_host_is_found() {
    let text = "rk_store_release_sys(world->board + BOARD_BEATS, beats);";
    let words = "scope has to be the system's";
    check("scope", text, "rk_store_release_gpu(world->board + BOARD_BEATS, beats);", Found::Reported(words));
}

#[test]
fn a_number_that_is_published_before_its_words_is_found() {
    let text = "        rk_store_relaxed_gpu(slot + READY_ACTOR, actor);\n";
    let number = "        rk_store_release_gpu(slot + READY_NUMBER, ticket + 1u);\n";
    check("early", text, &format!("{number}        rk_pause(20u);\n{text}"), Found::Noticed);
}

#[test]
fn a_unit_of_the_lap_before_is_found() {
    check("lap", "unit[3] == number + 1u;", "unit[3] != 0u;", Found::Noticed);
}

#[test]
fn a_wake_up_that_is_lost_is_found() {
    let text =
        "if (!again && rk_cas_acq_rel_gpu(turn->shared + S_WAKE, WAKE_SCHEDULED, 0u) == WAKE_SCHEDULED) {";
    let lost = "if (!again) { rk_store_release_gpu(turn->shared + S_WAKE, 0u);";
    check("wake-up", text, lost, Found::Noticed);
}
