//! A map by text that is read without a lock.
//!
//! Readers see one version of it; a writer makes another, in which one bucket is new. With about as many buckets as
//! a bucket has entries, a change copies in the order of the square root of the entries.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

/// Entries of a bucket for each bucket, at most.
const ENTRIES_PER_BUCKET: usize = 4;

pub(super) struct SnapshotMap<V> {
    version: ArcSwap<Version<V>>,
    /// What hashes start from, so that nobody outside knows which keys collide.
    seed: u64,
    writer: Mutex<()>,
}

struct Version<V> {
    /// A power of two of them; each is sorted by hash, then by key.
    buckets: Vec<Arc<[Entry<V>]>>,
    len: usize,
}

struct Entry<V> {
    hash: u64,
    key: Arc<str>,
    value: Arc<V>,
}

// Derived, it would ask for `V: Clone`.
impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        Self { hash: self.hash, key: self.key.clone(), value: self.value.clone() }
    }
}

impl<V> SnapshotMap<V> {
    pub(super) fn new() -> Self {
        let version = Version { buckets: vec![Arc::new([])], len: 0 };
        Self {
            version: ArcSwap::from_pointee(version),
            seed: RandomState::new().hash_one(0),
            writer: Mutex::new(()),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<V>> {
        self.with(key, Arc::clone)
    }

    /// What `read` makes of the value, which is not cloned for that.
    pub(super) fn with<R>(&self, key: &str, read: impl FnOnce(&Arc<V>) -> R) -> Option<R> {
        let version = self.version.load();
        let hash = hash(self.seed, key);
        let bucket = &version.buckets[version.bucket_of(hash)];
        let index = place(bucket, hash, key).ok()?;
        Some(read(&bucket[index].value))
    }

    /// The value; `make` gives one for a key that has none, unless there are `limit` entries.
    pub(super) fn get_or_insert(
        &self,
        key: &Arc<str>,
        limit: usize,
        make: impl FnOnce() -> V,
    ) -> Option<Arc<V>> {
        let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = self.get(key) {
            return Some(value);
        }
        let version = self.version.load();
        if version.len >= limit {
            return None;
        }
        let value = Arc::new(make());
        let entry = Entry { hash: hash(self.seed, key), key: key.clone(), value: value.clone() };
        self.version.store(Arc::new(version.with(entry)));
        Some(value)
    }

    pub(super) fn remove(&self, key: &str) {
        let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.version.load();
        let hash = hash(self.seed, key);
        let at = version.bucket_of(hash);
        let Ok(index) = place(&version.buckets[at], hash, key) else { return };
        let mut bucket = version.buckets[at].to_vec();
        bucket.remove(index);
        let mut buckets = version.buckets.clone();
        buckets[at] = bucket.into();
        self.version.store(Arc::new(Version { buckets, len: version.len - 1 }));
    }

    /// Keeps the values that `keep` wants. Nobody adds one meanwhile.
    pub(super) fn retain(&self, mut keep: impl FnMut(&Arc<V>) -> bool) {
        let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.version.load();
        let kept = |bucket: &Arc<[Entry<V>]>| -> Arc<[Entry<V>]> {
            bucket.iter().filter(|entry| keep(&entry.value)).cloned().collect()
        };
        let buckets: Vec<_> = version.buckets.iter().map(kept).collect();
        let len = buckets.iter().map(|bucket| bucket.len()).sum();
        self.version.store(Arc::new(Version { buckets, len }));
    }

    pub(super) fn len(&self) -> usize {
        self.version.load().len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values of one version, in no particular order.
    pub(super) fn values(&self) -> Vec<Arc<V>> {
        let version = self.version.load();
        version.buckets.iter().flat_map(|bucket| bucket.iter()).map(|entry| entry.value.clone()).collect()
    }

    /// What `read` makes of all values while nobody adds or removes one.
    pub(super) fn settled<R>(&self, read: impl FnOnce(Vec<Arc<V>>) -> R) -> R {
        let _writing = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        read(self.values())
    }
}

impl<V> Version<V> {
    fn bucket_of(&self, hash: u64) -> usize {
        hash as usize & (self.buckets.len() - 1)
    }

    /// This version and one entry more, whose key it does not have.
    fn with(&self, entry: Entry<V>) -> Self {
        let len = self.len + 1;
        let mut buckets = self.buckets.clone();
        if len > ENTRIES_PER_BUCKET * buckets.len() * buckets.len() {
            buckets = self.in_twice_as_many_buckets();
        }
        let at = entry.hash as usize & (buckets.len() - 1);
        let mut bucket = buckets[at].to_vec();
        let index = place(&bucket, entry.hash, &entry.key).unwrap_or_else(|index| index);
        bucket.insert(index, entry);
        buckets[at] = bucket.into();
        Self { buckets, len }
    }

    fn in_twice_as_many_buckets(&self) -> Vec<Arc<[Entry<V>]>> {
        let bit = self.buckets.len() as u64;
        // A bucket is split in two, which keeps the order within.
        let half = |bucket: &Arc<[Entry<V>]>, upper: bool| -> Arc<[Entry<V>]> {
            bucket.iter().filter(|entry| (entry.hash & bit != 0) == upper).cloned().collect()
        };
        let lower = self.buckets.iter().map(|bucket| half(bucket, false));
        lower.chain(self.buckets.iter().map(|bucket| half(bucket, true))).collect()
    }
}

/// A hash that takes a few cycles. Keys that collide cost a search among them by text and nothing worse, because buckets are sorted.
#[inline]
fn hash(seed: u64, key: &str) -> u64 {
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    // Both halves of the product, because the upper bits of a factor do not reach the lower half.
    let fold = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(MIX ^ seed.rotate_left(32));
        product as u64 ^ (product >> 64) as u64
    };
    let (words, rest) = key.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(seed ^ key.len() as u64, |hash, word| fold(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    fold(hash, rest)
}

/// Where a key is in a bucket, or belongs.
fn place<V>(bucket: &[Entry<V>], hash: u64, key: &str) -> Result<usize, usize> {
    bucket.binary_search_by(|entry| (entry.hash, &*entry.key).cmp(&(hash, key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_holds_what_a_tree_map_holds() {
        let (map, mut model) = (SnapshotMap::new(), BTreeMap::new());
        for step in 0..4_000_usize {
            let number = step.wrapping_mul(7_919) % 1_500;
            let key: Arc<str> = format!("key {number}").into();
            if step % 3 == 2 {
                map.remove(&key);
                model.remove(&key);
            } else {
                let value = map.get_or_insert(&key, usize::MAX, || step).expect("there is no limit");
                assert_eq!(*value, *model.entry(key).or_insert(step));
            }
        }
        assert_eq!(map.len(), model.len());
        let mut values: Vec<usize> = map.values().iter().map(|value| **value).collect();
        let mut expected: Vec<usize> = model.values().copied().collect();
        values.sort_unstable();
        expected.sort_unstable();
        assert_eq!(values, expected);
        for (key, value) in &model {
            assert_eq!(map.get(key).as_deref(), Some(value));
        }
        map.retain(|value| **value % 2 == 0);
        model.retain(|_, value| *value % 2 == 0);
        assert_eq!(map.len(), model.len());
        assert!(model.iter().all(|(key, value)| map.get(key).as_deref() == Some(value)));
        assert!(map.get("key 1500").is_none());
    }

    #[test]
    fn a_limit_refuses_new_keys_only() {
        let map = SnapshotMap::new();
        let (one, two): (Arc<str>, Arc<str>) = ("one".into(), "two".into());
        assert!(map.get_or_insert(&one, 1, || 1).is_some());
        assert!(map.get_or_insert(&two, 1, || 2).is_none());
        assert_eq!(map.get_or_insert(&one, 1, || 3).as_deref(), Some(&1));
    }

    #[test]
    fn a_change_copies_one_bucket_of_many() {
        let map = SnapshotMap::new();
        for number in 0..10_000_u32 {
            map.get_or_insert(&number.to_string().into(), usize::MAX, || number);
        }
        let version = map.version.load();
        let largest = version.buckets.iter().map(|bucket| bucket.len()).max().unwrap_or_default();
        assert!(version.buckets.len() + largest < 500, "{} and {largest}", version.buckets.len());
    }
}
