//! The layer rule: which crate of this workspace may depend on which other.
//!
//! ```text
//! ringkernel (facade)                      testkit, bench, difftest
//! ringkernel-cpu      ringkernel-wgpu      ringkernel-cuda      (backends never see each other)
//! ringkernel-core     ringkernel-derive
//! ringkernel-codegen
//! ringkernel-abi                           cuda-sim (knows none of them)
//! ```
//! Development dependencies do not count: a test may use anything.

use cargo_metadata::{DependencyKind, MetadataCommand};

/// A crate of the workspace and a crate of the workspace that it depends on, if any.
pub(crate) type Edge = (String, String);

/// The crates of the workspace and their dependencies on each other.
pub(crate) struct Graph {
    pub(crate) crates: Vec<String>,
    pub(crate) edges: Vec<Edge>,
}

/// Each crate with everything of the workspace that it may depend on.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("ringkernel-abi", &[]),
    ("ringkernel-codegen", &["ringkernel-abi"]),
    ("ringkernel-core", &["ringkernel-abi"]),
    ("ringkernel-derive", &["ringkernel-codegen"]),
    ("ringkernel-cpu", &["ringkernel-core"]),
    ("ringkernel-cuda", &["ringkernel-core", "ringkernel-codegen"]),
    ("ringkernel-wgpu", &["ringkernel-core", "ringkernel-codegen"]),
    (
        "ringkernel",
        &[
            "ringkernel-core",
            "ringkernel-codegen",
            "ringkernel-derive",
            "ringkernel-cpu",
            "ringkernel-cuda",
            "ringkernel-wgpu",
        ],
    ),
    ("ringkernel-cuda-sim", &[]),
    ("ringkernel-testkit", &["ringkernel"]),
    (
        "ringkernel-bench",
        &["ringkernel-codegen", "ringkernel-core", "ringkernel-cuda", "ringkernel-cuda-sim"],
    ),
    (
        "ringkernel-difftest",
        &["ringkernel-abi", "ringkernel-codegen", "ringkernel-core", "ringkernel-cuda", "ringkernel-wgpu"],
    ),
    ("xtask", &[]),
];

/// Reads the graph of this workspace.
pub(crate) fn from_metadata() -> Graph {
    let metadata = MetadataCommand::new()
        .current_dir(crate::tree::root())
        .no_deps()
        .exec()
        .unwrap_or_else(|error| panic!("cargo metadata failed: {error}"));
    let crates: Vec<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let edges = metadata
        .packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(move |dependency| (package, dependency)))
        .filter(|(_, dependency)| dependency.kind != DependencyKind::Development)
        .filter(|(_, dependency)| crates.contains(&dependency.name))
        .map(|(package, dependency)| (package.name.to_string(), dependency.name.clone()))
        .collect();
    Graph { crates, edges }
}

/// Crates that the rule does not know, and dependencies that it does not allow.
pub(crate) fn violations(graph: &Graph) -> Vec<String> {
    let unknown = graph
        .crates
        .iter()
        .filter(|name| allowed(name).is_none())
        .map(|name| format!("{name}: the layer rule does not know this crate; add it to its layer"));
    let upward = graph
        .edges
        .iter()
        .filter(|(from, to)| allowed(from).is_some_and(|allowed| !allowed.contains(&to.as_str())))
        .map(|(from, to)| format!("{from} must not depend on {to}"));
    unknown.chain(upward).collect()
}

fn allowed(name: &str) -> Option<&'static [&'static str]> {
    ALLOWED.iter().find(|(from, _)| *from == name).map(|(_, allowed)| *allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Crates, dependencies between them, and the number of violations.
    type Case = (&'static [&'static str], &'static [(&'static str, &'static str)], usize);

    fn graph(crates: &[&str], edges: &[(&str, &str)]) -> Graph {
        Graph {
            crates: crates.iter().map(|name| (*name).to_owned()).collect(),
            edges: edges.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect(),
        }
    }

    #[test]
    fn upward_sideways_and_unknown_dependencies_fail() {
        let cases: [Case; 6] = [
            (&["ringkernel-core"], &[("ringkernel-core", "ringkernel-abi")], 0),
            (&["ringkernel-abi"], &[("ringkernel-abi", "ringkernel-core")], 1),
            (&["ringkernel-core"], &[("ringkernel-core", "ringkernel-cpu")], 1),
            (&["ringkernel-cpu"], &[("ringkernel-cpu", "ringkernel-cuda")], 1),
            (&["ringkernel-derive"], &[("ringkernel-derive", "ringkernel-core")], 1),
            (&["ringkernel-new"], &[], 1),
        ];
        for (crates, edges, expected) in cases {
            assert_eq!(violations(&graph(crates, edges)).len(), expected, "{edges:?}");
        }
    }

    #[test]
    fn the_real_graph_is_not_empty() {
        let graph = from_metadata();
        assert!(graph.edges.contains(&("ringkernel-core".into(), "ringkernel-abi".into())));
    }
}
