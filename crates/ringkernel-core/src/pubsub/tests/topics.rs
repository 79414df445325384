//! Which patterns match which names: the rules, and the tree against them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{MAX_TOPIC_BYTES, PubSubBuilder, PubSubError, Topic, TopicError};
use super::{publication, topic};

#[test]
fn wildcards_stand_for_one_level_or_for_the_rest() {
    let check = |pattern: &str, matching: &[&str], others: &[&str]| {
        let pattern = topic(pattern);
        for name in matching {
            assert!(pattern.matches(&topic(name)), "{pattern} does not match {name}");
        }
        for name in others {
            assert!(!pattern.matches(&topic(name)), "{pattern} matches {name}");
        }
    };
    check("a/b", &["a/b"], &["a", "a/b/c", "a/c", "b/a"]);
    check("a/*", &["a/b", "a/c"], &["a", "a/b/c", "b/c"]);
    check("*/b", &["a/b", "b/b"], &["b", "a/b/c"]);
    check("a/#", &["a", "a/b", "a/b/c"], &["b", "ab"]);
    check("#", &["a", "a/b/c"], &[]);
    check("*/#", &["a", "a/b"], &[]);
    check("a/*/c/#", &["a/b/c", "a/b/c/d"], &["a/c", "a/b/d/c"]);
}

#[test]
fn what_is_no_topic_is_refused_with_the_place() {
    let check = |text: &str, expected: Option<&str>| {
        let error = Topic::parse(text).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), expected, "{text}");
    };
    check("a", None);
    check("a/*/é b/#", None);
    check("", Some("a topic has at least one level, and this text is empty"));
    check("/a", Some("level 1 of the topic `/a` is empty; levels are separated by single slashes"));
    check("a//b", Some("level 2 of the topic `a//b` is empty; levels are separated by single slashes"));
    check("a/", Some("level 2 of the topic `a/` is empty; levels are separated by single slashes"));
    check(
        "a/b*",
        Some("level 2 of the topic `a/b*` has a wildcard among other characters; `*` and `#` stand alone"),
    );
    check(
        "a/#/b",
        Some("level 2 of the topic `a/#/b` is `#`, which can only be the last; write `*` for one level"),
    );
    let long = "a".repeat(MAX_TOPIC_BYTES + 1);
    assert_eq!(Topic::parse(long), Err(TopicError::TooLong { bytes: MAX_TOPIC_BYTES + 1 }));
}

#[test]
fn patterns_are_subscribed_to_and_names_published_to() {
    let broker = PubSubBuilder::new().build();
    let error = broker.subscribe("a", "a/#/b").expect_err("no pattern");
    assert!(matches!(error, PubSubError::Topic(TopicError::RestBeforeEnd { level: 2, .. })), "{error}");
    for name in ["a/*", "#", "a//b", ""] {
        let error = broker.try_send(publication(name, 1)).expect_err("no name");
        assert!(matches!(error, PubSubError::Topic(_)), "{error}");
    }
    assert_eq!(broker.stats().topic_count, 0);
}

/// The rules, as they are written down, with vectors and without a thought for speed.
fn naive(pattern: &[&str], name: &[&str]) -> bool {
    match (pattern, name) {
        (["#"], _) => true,
        ([], []) => true,
        (["*", pattern @ ..], [_, name @ ..]) => naive(pattern, name),
        ([level, pattern @ ..], [other, name @ ..]) => level == other && naive(pattern, name),
        _ => false,
    }
}

fn split(text: &str) -> Vec<&str> {
    text.split('/').collect()
}

fn levels(choices: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(choices), 1..5).prop_map(|levels| levels.join("/"))
}

/// A pattern, which may end with the rest.
fn pattern() -> impl Strategy<Value = String> {
    (levels(&["a", "b", "*"]), any::<bool>(), any::<bool>()).prop_map(|(levels, rest, all)| {
        match (rest, all) {
            (true, true) => "#".to_owned(),
            (true, false) => levels + "/#",
            _ => levels,
        }
    })
}

proptest! {
    #[test]
    fn the_tree_finds_whom_a_naive_matcher_finds(
        patterns in proptest::collection::vec((pattern(), any::<bool>()), 0..40),
        names in proptest::collection::vec(levels(&["a", "b", "c"]), 1..10),
    ) {
        let broker = PubSubBuilder::new().build();
        let mut kept = Vec::new();
        for (pattern, stays) in &patterns {
            let subscription = broker.subscribe("subscriber", pattern.as_str()).expect("a pattern");
            // Those that do not stay are ended, which prunes the tree under those that do.
            if *stays { kept.push(subscription); } else { subscription.unsubscribe(); }
        }
        for name in &names {
            let found: BTreeSet<u64> =
                broker.space.tree.matching(&topic(name)).iter().map(|mailbox| mailbox.id).collect();
            let expected: BTreeSet<u64> = kept
                .iter()
                .filter(|kept| naive(&split(kept.pattern().name()), &split(name)))
                .map(|kept| kept.id())
                .collect();
            prop_assert_eq!(&found, &expected, "{}", name);
            for kept in &kept {
                prop_assert_eq!(kept.pattern().matches(&topic(name)), expected.contains(&kept.id()));
            }
        }
    }
}

#[test]
fn a_tree_without_subscriptions_is_as_it_was_made() {
    let broker = PubSubBuilder::new().build();
    let patterns = ["a/b/c", "a/*/c", "a/#", "*/b", "#", "a/b/c"];
    let subscriptions = patterns.map(|pattern| broker.subscribe("subscriber", pattern).expect("a pattern"));
    assert_eq!(broker.space.tree.matching(&topic("a/b/c")).len(), 5);
    drop(subscriptions);
    assert!(broker.space.tree.is_empty());
}
