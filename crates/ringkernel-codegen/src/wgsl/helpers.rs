//! The fixed functions that printed code calls. Only those that are used, directly or through others, are emitted.
//!
//! They stand in `text/*.wgsl`. An item starts at the margin, with the comments right above it, and ends with a line `}`
//! at the margin. A text with `$` in it is a template, made once for every scalar that it fits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::fillings::{FLOAT, Filling, MEMORIES, NARROW, REDUCED, SIGNED, UNSIGNED, combinations};

const PLAIN: [&str; 12] = [
    include_str!("text/values.wgsl"),
    include_str!("text/memory.wgsl"),
    include_str!("text/messages.wgsl"),
    include_str!("text/vectors.wgsl"),
    include_str!("text/casts.wgsl"),
    include_str!("text/usize.wgsl"),
    include_str!("text/patterns.wgsl"),
    include_str!("text/logarithms.wgsl"),
    include_str!("text/hyperbolas.wgsl"),
    include_str!("text/angles.wgsl"),
    include_str!("text/lanes.wgsl"),
    include_str!("text/lane_alone.wgsl"),
];

struct Library {
    /// Items in the order in which they are emitted.
    items: Vec<String>,
    /// Which item declares a name.
    by_name: BTreeMap<String, usize>,
}

/// Appends to a text what it uses of the fixed functions.
pub(super) fn append_used(text: &mut String) {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    let library = LIBRARY.get_or_init(Library::new);
    let mut used = BTreeSet::new();
    let mut pending = library.mentioned(text);
    while let Some(index) = pending.pop() {
        if used.insert(index) {
            pending.extend(library.mentioned(&library.items[index]));
        }
    }
    for index in used {
        text.push('\n');
        text.push_str(&library.items[index]);
    }
}

impl Library {
    fn new() -> Self {
        let mut library = Self { items: Vec::new(), by_name: BTreeMap::new() };
        for text in PLAIN {
            library.add(text, &[]);
        }
        for scalar in NARROW {
            library.add(include_str!("text/checked_narrow.wgsl"), scalar);
            library.add(include_str!("text/integers_narrow.wgsl"), scalar);
        }
        for scalar in UNSIGNED {
            library.add(include_str!("text/checked_unsigned.wgsl"), scalar);
            library.add(include_str!("text/integers_unsigned.wgsl"), scalar);
        }
        for scalar in SIGNED {
            library.add(include_str!("text/checked_signed.wgsl"), scalar);
            library.add(include_str!("text/integers_signed.wgsl"), scalar);
        }
        for scalar in FLOAT {
            library.add(include_str!("text/floats.wgsl"), scalar);
        }
        for memory in MEMORIES {
            library.add(include_str!("text/memory_any.wgsl"), memory);
        }
        for memory in &MEMORIES[1..] {
            library.add(include_str!("text/memory_shared.wgsl"), memory);
            library.add(include_str!("text/atomics.wgsl"), memory);
        }
        for scalar in REDUCED {
            for combine in combinations(scalar[0].1) {
                library.add(include_str!("text/reduce.wgsl"), &[scalar, combine].concat());
            }
        }
        library
    }

    fn add(&mut self, template: &str, filling: Filling<'_>) {
        let mut text = template.to_owned();
        for (name, value) in filling {
            text = text.replace(name, value);
        }
        let mut item = String::new();
        for line in text.lines().skip_while(|line| line.starts_with("//!") || line.is_empty()) {
            if line.is_empty() && item.is_empty() {
                continue;
            }
            item.push_str(line);
            item.push('\n');
            if line == "}" || line.ends_with(';') && !line.starts_with([' ', '/']) {
                self.add_item(std::mem::take(&mut item));
            }
        }
        assert!(item.is_empty(), "an item of a text has no end: {item}");
    }

    fn add_item(&mut self, item: String) {
        let declared = item
            .lines()
            .find(|line| !line.starts_with("//"))
            .and_then(|line| identifiers(line).find(|name| name.starts_with("rk_")))
            .expect("an item declares a name with the prefix of this crate")
            .to_owned();
        let known = self.by_name.insert(declared, self.items.len());
        assert!(known.is_none(), "two items of one name: {item}");
        self.items.push(item);
    }

    fn mentioned(&self, text: &str) -> Vec<usize> {
        let names: BTreeSet<&str> = identifiers(text).filter(|name| name.starts_with("rk_")).collect();
        names.iter().filter_map(|name| self.by_name.get(*name).copied()).collect()
    }
}

/// Whether a text uses a name.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    identifiers(text).any(|word| word == name)
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(all(test, feature = "naga"))]
mod tests {
    use super::*;

    /// What a runtime declares, as far as the fixed functions use it.
    const RUNTIME: &str = "
@group(0) @binding(0) var<storage, read_write> rk_mem: array<u32>;
@group(0) @binding(1) var<storage, read_write> rk_sync: array<atomic<u32>>;
var<workgroup> rk_block: array<atomic<u32>, 64>;
var<workgroup> rk_exchange: array<vec2<u32>, 64>;
var<workgroup> rk_decision: u32;
var<workgroup> rk_first_fault: atomic<u32>;
var<workgroup> rk_fault_of_block: vec4<u32>;
const rk_block_lanes: u32 = 64u;
const rk_block_words: u32 = 64u;
var<private> rk_block_used: u32;
var<private> rk_scratch: u32;
var<private> rk_scratch_words: u32;
var<private> rk_scratch_used: u32;
var<private> rk_fault: u32;
var<private> rk_fault_code: u32;
var<private> rk_fault_file: u32;
var<private> rk_fault_line: u32;
struct RkVec { at: u32, len: u32, capacity: u32 }
fn rk_raise(kind: u32, code: u32, file: u32, line: u32) { rk_fault = kind; }
fn rk_thread_id() -> u32 { return 0u; }
";

    #[test]
    fn every_fixed_function_is_valid() {
        let library = Library::new();
        for item in &library.items {
            let mut text = format!("{RUNTIME}\n");
            text.push_str(item);
            let own = text.len();
            append_used(&mut text);
            // The item itself is among those that it uses where it mentions its own name, which its first line does.
            text.replace_range(RUNTIME.len()..own, "");
            let checked = crate::naga::validate(&text, crate::wgsl::Capabilities::ALL);
            assert_eq!(checked, Ok(()), "{item}");
        }
    }
}
