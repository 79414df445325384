//! Where lanes have to take one way: marks what holds a barrier, or leaves what has one still to come.
//!
//! A lane that leaves a loop before a barrier of it, or a function before a later one, leaves the others waiting. So an
//! `If` or a `Loop` is marked when it has a barrier inside, or a way out past one.

use crate::ir::{ContextOp, Statement};

/// What is still to come at a place: for a loop, whether it has a barrier and a next round, and whether one
/// comes in this round.
#[derive(Debug, Clone, Copy)]
struct Surrounding {
    label: u32,
    any: bool,
    in_round: bool,
}

/// Marks the statements of a function.
pub(super) fn mark(body: &mut [Statement]) {
    mark_block(body, false, &mut Vec::new());
}

/// Whether the statements have a barrier, directly or inside.
pub(crate) fn meets(block: &[Statement]) -> bool {
    block.iter().any(statement_meets)
}

fn statement_meets(statement: &Statement) -> bool {
    match statement {
        Statement::Context { op, .. } => is_meeting(op),
        Statement::If { accept, reject, .. } => meets(accept) || meets(reject),
        Statement::Loop { body, .. } => meets(body),
        _ => false,
    }
}

/// Whether lanes wait for each other here.
pub(crate) fn is_meeting(op: &ContextOp) -> bool {
    matches!(
        op,
        ContextOp::SyncThreads
            | ContextOp::SyncGrid
            | ContextOp::NamedBarrier(_)
            | ContextOp::Warp { .. }
            | ContextOp::BlockReduce { .. }
    )
}

/// Whether the next round of a loop is asked for inside.
fn continues(block: &[Statement], of: u32) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Continue { label } => *label == of,
        Statement::If { accept, reject, .. } => continues(accept, of) || continues(reject, of),
        Statement::Loop { body, .. } => continues(body, of),
        _ => false,
    })
}

/// Marks a block; `later` is whether the function has a barrier still to come behind it. Gives the loops that are left
/// from inside past a barrier: their labels, and `None` for the function.
fn mark_block(block: &mut [Statement], later: bool, around: &mut Vec<Surrounding>) -> Vec<Option<u32>> {
    let mut out = Vec::new();
    for index in 0..block.len() {
        let (statement, rest) = block[index..].split_first_mut().expect("the index is within the block");
        let behind = meets(rest);
        let outer: Vec<bool> = around.iter().map(|loop_| loop_.in_round).collect();
        for loop_ in around.iter_mut() {
            loop_.in_round |= behind;
        }
        let later = later || behind;
        match statement {
            Statement::Return { .. } if later || around.iter().any(|loop_| loop_.any) => out.push(None),
            Statement::Break { label }
                if around.iter().any(|loop_| loop_.label == *label && (loop_.any || loop_.in_round)) =>
            {
                out.push(Some(*label));
            }
            Statement::Continue { label }
                if around.iter().any(|loop_| loop_.label == *label && loop_.in_round) =>
            {
                out.push(Some(*label));
            }
            Statement::If { accept, reject, meets: marked, .. } => {
                let mut left = mark_block(accept, later, around);
                left.extend(mark_block(reject, later, around));
                *marked = !left.is_empty() || meets(accept) || meets(reject);
                out.extend(left);
            }
            Statement::Loop { label, body, meets: marked } => {
                let any = meets(body);
                let repeats = !matches!(body.last(), Some(Statement::Break { label: last }) if last == label)
                    || continues(body, *label);
                around.push(Surrounding { label: *label, any: any && repeats, in_round: false });
                let mut left = mark_block(body, later, around);
                around.pop();
                left.retain(|out| *out != Some(*label));
                *marked = any || !left.is_empty();
                out.extend(left);
            }
            _ => {}
        }
        for (loop_, in_round) in around.iter_mut().zip(outer) {
            loop_.in_round = in_round;
        }
    }
    out
}
