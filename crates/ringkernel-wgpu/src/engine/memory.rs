//! What lies where in device memory. Whatever there is no room for leaves everything as it was.

use ringkernel_core::backend::driven::{ALLOWANCES, Heap};

use super::world::World;
use crate::device::{DeviceError, StorageBuffer};
use crate::shader::layout as at;

/// Messages between kernels that are under way or wait, in all mailboxes together.
pub(super) const POOL_SLOTS: u32 = 8192;

/// Words of a slot: a head and a payload of 1,024 bytes.
pub(crate) const SLOT_WORDS: u32 = at::H_WORDS + 256;

/// A piece of a buffer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Region {
    pub(crate) at: u32,
    pub(crate) words: u32,
}

impl World {
    /// Bytes that actors have been given.
    pub(crate) fn bytes_in_use(&self) -> u64 {
        self.in_use * 4
    }

    // ---- for actors

    /// Memory for an actor in the buffer of plain words. It is not cleared.
    pub(crate) fn allocate(&mut self, words: u32) -> Result<Region, DeviceError> {
        let found = self.take(words)?;
        self.in_use += u64::from(words);
        Ok(found)
    }

    /// Memory for an actor in the buffer of atomic words. It is not cleared.
    pub(crate) fn allocate_atomic(&mut self, words: u32) -> Result<Region, DeviceError> {
        let found = self.take_atomic(words)?;
        self.in_use += u64::from(words);
        Ok(found)
    }

    pub(crate) fn release(&mut self, region: Region) {
        self.in_use -= u64::from(region.words);
        self.mem_heap.release(region.at, region.words);
    }

    pub(crate) fn release_atomic(&mut self, region: Region) {
        self.in_use -= u64::from(region.words);
        self.sync_heap.release(region.at, region.words);
    }

    // ---- for all

    /// Puts a table that programs read in the place of another: in its memory, if that is large enough.
    pub(crate) fn replace(&mut self, old: Region, words: &[u32]) -> Result<Region, DeviceError> {
        let count = words.len() as u32;
        if count <= old.words {
            self.write(old.at, words)?;
            return Ok(old);
        }
        let new = self.take(count)?;
        if let Err(error) = self.write(new.at, words) {
            self.mem_heap.release(new.at, new.words);
            return Err(error);
        }
        self.mem_heap.release(old.at, old.words);
        Ok(new)
    }

    /// Makes the region for messages from the host at least this large.
    pub(crate) fn reserve_ingress(&mut self, words: u32) -> Result<(), DeviceError> {
        self.ingress = self.enlarge(self.ingress, words)?;
        Ok(())
    }

    /// Makes the region for events large enough for several of this many words.
    pub(crate) fn reserve_egress(&mut self, words: u32) -> Result<(), DeviceError> {
        self.egress = self.enlarge(self.egress, words.saturating_mul(4))?;
        Ok(())
    }

    /// A region of at least this many words in the place of another, which is given back only then. What it held is not kept.
    fn enlarge(&mut self, old: Region, words: u32) -> Result<Region, DeviceError> {
        if words <= old.words {
            return Ok(old);
        }
        let new = self.take_ample(words)?;
        self.mem_heap.release(old.at, old.words);
        Ok(new)
    }

    /// Makes room for actors up to this index, whose rows are in front of the messages of every submission.
    pub(crate) fn reserve_place(&mut self, index: u32) -> Result<(), DeviceError> {
        let places = self.places.max(index + 1);
        self.reserve_ingress(places * at::FEED_WORDS)?;
        self.actors.grow(u64::from(places * at::A_WORDS) * 4)?;
        self.shared.grow(u64::from(at::G_WORDS + places * at::S_WORDS) * 4)?;
        self.places = places;
        Ok(())
    }

    /// Makes the slots of messages between kernels, once.
    pub(crate) fn reserve_pool(&mut self) -> Result<(), DeviceError> {
        if self.pool.words == 0 {
            let bits = self.take_atomic(POOL_SLOTS / 32)?;
            self.pool = match self.take(POOL_SLOTS * SLOT_WORDS) {
                Ok(pool) => pool,
                Err(error) => {
                    self.sync_heap.release(bits.at, bits.words);
                    return Err(error);
                }
            };
            self.pool_bits = bits.at;
        }
        Ok(())
    }

    /// Whether kernels can send to each other.
    pub(crate) fn has_pool(&self) -> bool {
        self.pool.words > 0
    }

    /// Makes the words that count what tenants may send, once.
    pub(crate) fn reserve_rates(&mut self) -> Result<(), DeviceError> {
        if self.rates.words == 0 {
            let rates = self.take_atomic(ALLOWANCES)?;
            let none = [0; ALLOWANCES as usize * 4];
            if let Err(error) = self.sync.write(u64::from(rates.at) * 4, &none) {
                self.sync_heap.release(rates.at, rates.words);
                return Err(error);
            }
            self.rates = rates;
        }
        Ok(())
    }

    /// Whether they are there.
    pub(crate) fn has_rates(&self) -> bool {
        self.rates.words > 0
    }

    // ---- taking

    /// So many words that a region seldom grows; just as many as it has to have, where there are no more.
    fn take_ample(&mut self, words: u32) -> Result<Region, DeviceError> {
        match self.take(words.checked_next_power_of_two().unwrap_or(words)) {
            Err(DeviceError::Exhausted { .. }) => self.take(words),
            taken => taken,
        }
    }

    fn take(&mut self, words: u32) -> Result<Region, DeviceError> {
        take(&mut self.mem_heap, &mut self.mem, words)
    }

    fn take_atomic(&mut self, words: u32) -> Result<Region, DeviceError> {
        take(&mut self.sync_heap, &mut self.sync, words)
    }
}

/// A piece of a buffer, which grows if need be.
fn take(heap: &mut Heap, buffer: &mut StorageBuffer, words: u32) -> Result<Region, DeviceError> {
    let found = region(heap, words)?;
    if let Err(error) = buffer.grow(u64::from(heap.end()) * 4) {
        heap.release(found.at, found.words);
        return Err(error);
    }
    Ok(found)
}

/// A piece of a buffer that has the words of the heap, or will have them.
pub(super) fn region(heap: &mut Heap, words: u32) -> Result<Region, DeviceError> {
    let at = heap.allocate(words).ok_or_else(|| DeviceError::Exhausted {
        what: "memory of actors".into(),
        requested: u64::from(words) * 4,
        reason: "more than 16 GiB are addressed".into(),
    })?;
    Ok(Region { at, words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Adapters, ApiSet, Device};

    fn world() -> Option<World> {
        let adapters = match Adapters::find(ApiSet::Any) {
            Ok(adapters) => adapters,
            Err(error) => {
                ringkernel_testkit::gate::skip("wgpu", &error);
                return None;
            }
        };
        let device = Device::open(&adapters.usable()[0]).expect("the device opens");
        Some(World::new(&device).expect("there is room for a world"))
    }

    /// Takes words until none are left in a buffer of this heap, which does not hear of it.
    fn fill(heap: &mut Heap, device: &Device) -> Region {
        let most = u32::try_from(device.capabilities().binding_bytes_max / 4).unwrap_or(u32::MAX);
        region(heap, (most - heap.end()) & !1).expect("addresses reach as far as a buffer")
    }

    fn check_refused(world: &mut World, reserve: fn(&mut World) -> Result<(), DeviceError>) {
        let before = (world.mem_heap.end(), world.sync_heap.end(), world.in_use);
        for _ in 0..3 {
            let refused = reserve(world);
            assert!(matches!(refused, Err(DeviceError::Exhausted { .. })), "{refused:?}");
            let after = (world.mem_heap.end(), world.sync_heap.end(), world.in_use);
            assert_eq!(after, before, "nothing is kept");
        }
    }

    /// Has `reserve` fail for want of plain words, which must change nothing, and succeed when there are some.
    fn check_plain(reserve: fn(&mut World) -> Result<(), DeviceError>) {
        let Some(mut world) = world() else { return };
        let taken = fill(&mut world.mem_heap, &world.device);
        check_refused(&mut world, reserve);
        world.mem_heap.release(taken.at, taken.words);
        reserve(&mut world).expect("there is room");
    }

    /// The same for atomic words.
    fn check_atomic(reserve: fn(&mut World) -> Result<(), DeviceError>) {
        let Some(mut world) = world() else { return };
        let taken = fill(&mut world.sync_heap, &world.device);
        check_refused(&mut world, reserve);
        world.sync_heap.release(taken.at, taken.words);
        reserve(&mut world).expect("there is room");
    }

    #[test]
    fn what_there_is_no_room_for_keeps_nothing() {
        check_plain(|world| world.allocate(2).map(drop));
        check_plain(|world| world.reserve_ingress(1 << 20));
        check_plain(|world| world.reserve_egress(1 << 20));
        check_plain(World::reserve_pool);
        check_plain(|world| world.replace(Region::default(), &[1, 2, 3]).map(drop));
        check_atomic(|world| world.allocate_atomic(2).map(drop));
        check_atomic(World::reserve_pool);
        check_atomic(World::reserve_rates);
    }

    #[test]
    fn an_actor_whose_row_has_no_room_is_not_given_a_place() {
        let Some(mut world) = world() else { return };
        let rows = world.ingress.words / at::FEED_WORDS;
        let taken = fill(&mut world.mem_heap, &world.device);
        world.reserve_place(rows - 1).expect("the rows that there is room for");
        check_refused(&mut world, |world| world.reserve_place(world.ingress.words / at::FEED_WORDS));
        assert_eq!(world.places, rows);
        world.mem_heap.release(taken.at, taken.words);
        world.reserve_place(rows).expect("there is room");
        assert!(world.ingress.words >= world.places * at::FEED_WORDS);
    }

    #[test]
    fn a_message_that_fits_exactly_has_room() {
        let Some(mut world) = world() else { return };
        // No power of two, and in the buffer already.
        let words = world.ingress.words + 2;
        let room = world.allocate(words).expect("there is room");
        fill(&mut world.mem_heap, &world.device);
        world.release(room);
        world.reserve_ingress(words + 2).expect_err("two words more than there are");
        world.reserve_ingress(words).expect("there are as many words");
        assert_eq!(world.ingress.words, words);
    }

    #[test]
    fn a_table_that_gets_shorter_needs_no_room() {
        let Some(mut world) = world() else { return };
        let table = world.replace(Region::default(), &[1, 2, 3, 4]).expect("there is room");
        fill(&mut world.mem_heap, &world.device);
        for words in [&[5, 6, 7, 8][..], &[9], &[10, 11, 12]] {
            let replaced = world.replace(table, words).expect("it has room of its own");
            assert_eq!((replaced.at, replaced.words), (table.at, 4));
        }
        let refused = world.replace(table, &[0; 5]);
        assert!(matches!(refused, Err(DeviceError::Exhausted { .. })), "{refused:?}");
    }
}
