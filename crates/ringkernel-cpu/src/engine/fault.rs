//! Runs a handler so that a panic becomes a fault with a place in the source.
//!
//! A process-wide panic hook, installed with the first runtime, notes message and place of a panic inside a handler
//! and then calls the hook that was there before, so that panics print as usual.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind};
use std::sync::Once;

use ringkernel_core::context::HandlerFailure;
use ringkernel_core::cooperative::LaneFailure;
use ringkernel_core::registry::SourceLocation;
use ringkernel_core::runtime::{Fault, FaultKind};

use super::actor::Loop;
use crate::protocol::task::Progress;

thread_local! {
    /// Handlers that run on this thread, one inside the other.
    static RUNNING: Cell<u32> = const { Cell::new(0) };
    /// Whether `NOTED` holds something.
    static HAS_NOTED: Cell<bool> = const { Cell::new(false) };
    /// The last panic in the innermost of them.
    static NOTED: RefCell<Option<Noted>> = const { RefCell::new(None) };
}

struct Noted {
    message: String,
    file: String,
    line: u32,
}

/// Makes panics inside handlers known to [`run`].
pub(crate) fn install_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            note(info);
            previous(info);
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    if RUNNING.get() == 0 {
        return;
    }
    // A thread that is being torn down has no handler.
    let _ = NOTED.try_with(|slot| {
        if let Ok(mut slot) = slot.try_borrow_mut() {
            HAS_NOTED.set(true);
            *slot = Some(Noted {
                message: text(info.payload()).unwrap_or("panicked with a value that is no text").into(),
                file: info.location().map_or_else(String::new, |location| location.file().into()),
                line: info.location().map_or(0, std::panic::Location::line),
            });
        }
    });
}

/// The last panic that was noted, once.
#[inline]
fn take_noted() -> Option<Noted> {
    if !HAS_NOTED.get() {
        return None;
    }
    HAS_NOTED.set(false);
    NOTED.take()
}

fn text(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied())
}

/// Runs `work`. A panic or a `ctx.fail` in it becomes a fault; `handler` is the place that is reported when the panic
/// itself names none.
#[inline]
pub(crate) fn run<R>(handler: SourceLocation, work: impl FnOnce() -> R) -> Result<R, Box<Fault>> {
    // A handler can launch a kernel, whose initial state is made by a run inside this one.
    let outer = take_noted();
    RUNNING.set(RUNNING.get() + 1);
    // What `work` borrows is either thrown away after a fault (the state) or whole between any two calls (queues).
    let outcome = catch_unwind(AssertUnwindSafe(work));
    RUNNING.set(RUNNING.get() - 1);
    let noted = take_noted();
    if let Some(outer) = outer {
        HAS_NOTED.set(true);
        NOTED.set(Some(outer));
    }
    outcome.map_err(|payload| {
        let fault = Box::new(fault(&*payload, noted, handler));
        discard(payload);
        fault
    })
}

/// Runs one lane of a cooperative handler, inside of [`run`]. `Err(None)` when it has unwound with what `expected`
/// recognises.
pub(crate) fn run_inside<R>(
    handler: SourceLocation,
    expected: impl FnOnce(&(dyn Any + Send)) -> bool,
    work: impl FnOnce() -> R,
) -> Result<R, Option<Box<Fault>>> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        // Noted just now: no other lane runs between a panic and its end.
        let noted = take_noted();
        let fault = (!expected(&*payload)).then(|| Box::new(fault(&*payload, noted, handler)));
        discard(payload);
        fault
    })
}

/// A fault on its way to [`run`].
struct Raised(Box<Fault>);

/// Ends the handler in hand with a fault that is known already.
pub(crate) fn raise(fault: Box<Fault>) -> ! {
    resume_unwind(Box::new(Raised(fault)))
}

/// Drops the value that a panic carried. Its destructor is the user's code and may panic in turn; what that panic
/// carries is leaked, for it may go on like this for ever.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// Drops the loop of an actor that nobody will run any more, with what its handler holds.
pub(crate) fn drop_loop(actor_loop: &mut Loop) -> Progress {
    let dropped = std::mem::replace(actor_loop, Box::pin(std::future::ready(())));
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(dropped))) {
        discard(payload);
    }
    Progress::Ended
}

fn fault(payload: &(dyn Any + Send), noted: Option<Noted>, handler: SourceLocation) -> Fault {
    if let Some(failure) = payload.downcast_ref::<HandlerFailure>() {
        return Fault {
            kind: FaultKind::Failed,
            code: failure.code,
            message: "the handler called `ctx.fail`".into(),
            file: failure.location.file().into(),
            line: failure.location.line(),
        };
    }
    if let Some(Raised(fault)) = payload.downcast_ref() {
        return (**fault).clone();
    }
    if let Some(LaneFailure { kind, message, at }) = payload.downcast_ref() {
        let message = message.clone();
        return Fault { kind: *kind, code: kind.code(), message, file: at.file().into(), line: at.line() };
    }
    let noted = noted.unwrap_or_else(|| Noted {
        message: text(payload).unwrap_or("panicked with a value that is no text").into(),
        file: handler.file.into(),
        line: handler.line,
    });
    let kind = FaultKind::of_panic_message(&noted.message);
    Fault { kind, code: kind.code(), message: noted.message, file: noted.file, line: noted.line }
}
