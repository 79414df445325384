//! Where the lanes of a grid are, in words.

use std::fmt::Write;

use super::meetings::{At, Meetings, Place, Wait};

/// Groups that a report lists; the others are counted.
const LISTED: usize = 8;

/// Why the lanes cannot go on: where each of them is. The place is where the first of them waits.
pub(super) fn divergence(meetings: &Meetings) -> (String, Option<At>) {
    let groups = groups(meetings);
    let at = groups.iter().find_map(|group| match group.place {
        Place::Waiting(_, at) => Some(*at),
        _ => None,
    });
    let mut text = String::from("lanes diverge: ");
    for (index, group) in groups.iter().take(LISTED).enumerate() {
        if index > 0 {
            text.push_str("; ");
        }
        group.describe(&mut text);
    }
    if groups.len() > LISTED {
        let _ = write!(text, "; and {} more groups of lanes", groups.len() - LISTED);
    }
    (text, at)
}

/// Lanes of one block in one place.
struct Group<'a> {
    block: u32,
    lanes: Vec<u32>,
    place: &'a Place,
}

fn groups(meetings: &Meetings) -> Vec<Group<'_>> {
    let shape = meetings.shape();
    let waits_for_grid = |place: &Place| matches!(place, Place::Waiting(Wait::Grid, _));
    let grid_matters = meetings.places().iter().any(waits_for_grid);
    let mut groups: Vec<Group<'_>> = Vec::new();
    for block in 0..shape.blocks {
        let first = groups.len();
        for lane in shape.lanes_of_block(block) {
            let place = &meetings.places()[lane as usize];
            match groups[first..].iter_mut().find(|group| same(group.place, place)) {
                Some(group) => group.lanes.push(shape.thread_of(lane)),
                None => groups.push(Group { block, lanes: vec![shape.thread_of(lane)], place }),
            }
        }
        let uneventful = |group: &Group<'_>| matches!(group.place, Place::Finished | Place::Running);
        if !grid_matters && groups[first..].iter().all(uneventful) {
            groups.truncate(first);
        }
    }
    groups
}

fn same(place: &Place, other: &Place) -> bool {
    match (place, other) {
        (Place::Waiting(wait, at), Place::Waiting(other, other_at)) => {
            at == other_at && name(wait) == name(other)
        }
        (place, other) => std::mem::discriminant(place) == std::mem::discriminant(other),
    }
}

fn name(wait: &Wait) -> String {
    match wait {
        Wait::Block => "sync_threads".into(),
        Wait::Gather => "block_reduce".into(),
        Wait::Grid => "sync_grid".into(),
        Wait::Named(name) => format!("named_barrier `{name}`"),
        Wait::Warp(operation, mask) => format!("{operation} with mask {mask:#x}"),
    }
}

impl Group<'_> {
    fn describe(&self, text: &mut String) {
        let one = self.lanes.len() == 1;
        let _ = write!(
            text,
            "{} {} of block {} ",
            if one { "lane" } else { "lanes" },
            ranges(&self.lanes),
            self.block
        );
        let _ = match self.place {
            Place::Waiting(wait, at) => {
                let verb = if one { "waits" } else { "wait" };
                write!(text, "{verb} in {} at {}:{}", name(wait), at.file(), at.line())
            }
            Place::Finished => write!(text, "{} finished", if one { "has" } else { "have" }),
            Place::Running => write!(text, "{} still running", if one { "is" } else { "are" }),
        };
    }
}

/// "0-3, 8": numbers that go up, in short.
fn ranges(numbers: &[u32]) -> String {
    let mut text = String::new();
    let mut rest = numbers;
    while let [first, ..] = rest {
        let run = rest.iter().zip(*first..).take_while(|(number, expected)| **number == *expected).count();
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = match run {
            1 => write!(text, "{separator}{first}"),
            _ => write!(text, "{separator}{first}-{}", rest[run - 1]),
        };
        rest = &rest[run..];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbours_are_written_as_ranges() {
        let check = |numbers: &[u32], expected: &str| assert_eq!(ranges(numbers), expected);
        check(&[], "");
        check(&[5], "5");
        check(&[0, 1, 2, 3], "0-3");
        check(&[0, 2, 4], "0, 2, 4");
        check(&[0, 1, 5, 7, 8, 9], "0-1, 5, 7-9");
    }
}
