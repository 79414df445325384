//! The size rule: files that one can read in one sitting.

use crate::tree::SourceFile;

/// No source file has more lines than this.
const LIMIT: usize = 1_000;
/// A file above this length needs a reason.
const LONG: usize = 500;
/// How many files may be long.
const LONG_FILES: usize = 5;
/// Half of all source files are shorter than this.
const MEDIAN: usize = 200;

/// Path and number of lines of each Rust source file.
pub(crate) fn lengths(files: &[SourceFile]) -> Vec<(String, usize)> {
    files
        .iter()
        .filter(|file| file.path.ends_with(".rs"))
        .map(|file| (file.path.clone(), file.text.lines().count()))
        .collect()
}

/// What breaks the rule in a tree with these lengths.
pub(crate) fn violations(lengths: &[(String, usize)]) -> Vec<String> {
    let mut found: Vec<String> = lengths
        .iter()
        .filter(|(_, lines)| *lines > LIMIT)
        .map(|(path, lines)| format!("{path}: {lines} lines, the limit is {LIMIT}"))
        .collect();
    let long: Vec<&(String, usize)> = lengths.iter().filter(|(_, lines)| *lines > LONG).collect();
    if long.len() > LONG_FILES {
        found.push(format!("{} files are over {LONG} lines, {LONG_FILES} may be: {long:?}", long.len()));
    }
    let median = median(lengths);
    if median >= MEDIAN {
        found.push(format!("the median file has {median} lines, it must stay below {MEDIAN}"));
    }
    found
}

fn median(lengths: &[(String, usize)]) -> usize {
    let mut lines: Vec<usize> = lengths.iter().map(|(_, lines)| *lines).collect();
    lines.sort_unstable();
    lines.get(lines.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lines: &[usize]) -> Vec<(String, usize)> {
        lines.iter().enumerate().map(|(index, lines)| (format!("file{index}.rs"), *lines)).collect()
    }

    #[test]
    fn each_part_of_the_rule_can_fail() {
        let cases: [(&[usize], usize); 6] = [
            (&[100, 150, 199], 0),
            (&[100, 150, 1_000], 0),
            (&[100, 150, 1_001], 1),
            (&[10, 10, 10, 10, 10, 10, 501, 501, 501, 501, 501], 0),
            (&[10, 10, 10, 10, 10, 10, 10, 501, 501, 501, 501, 501, 501], 1),
            (&[100, 200, 300], 1),
        ];
        for (lines, expected) in cases {
            assert_eq!(violations(&tree(lines)).len(), expected, "{lines:?}");
        }
    }
}
