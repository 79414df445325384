//! The stacks that lanes run on, kept by each worker for its next message.

use std::cell::RefCell;
use std::io;

use corosensei::stack::DefaultStack;

/// Address space of a stack, behind a page that no lane can cross. Memory is taken as it is touched.
const STACK_BYTES: usize = 256 * 1024;

/// Stacks that a worker keeps: two blocks of the largest size.
const KEPT: usize = 2048;

thread_local! {
    static STACKS: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

/// A stack, used before or new.
pub(super) fn take() -> io::Result<DefaultStack> {
    let kept = STACKS.with_borrow_mut(Vec::pop);
    kept.map_or_else(|| DefaultStack::new(STACK_BYTES), Ok)
}

/// Keeps a stack that nothing runs on.
pub(super) fn give_back(stack: DefaultStack) {
    STACKS.with_borrow_mut(|stacks| {
        if stacks.len() < KEPT {
            stacks.push(stack);
        }
    });
}
