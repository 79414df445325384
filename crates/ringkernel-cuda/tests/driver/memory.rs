//! Memory for users, while a grid stands still for them.

use std::sync::Arc;

use ringkernel_core::Result;
use ringkernel_core::memory::{DeviceMemory, PageLocker, PinnedMemory, offer_page_locking};
use ringkernel_cuda::driver::Context;
use ringkernel_cuda::memory::{CudaMemory, CudaPageLocker, Still};
use ringkernel_testkit::cases::memory::{check_copies, check_counts, check_refusals};

use crate::support::{Running, context};

/// Stops its grid for the work, and goes on with another one.
struct Stopping {
    context: Context,
    running: std::sync::Mutex<Running>,
}

impl Still for Stopping {
    fn while_still(&self, work: Box<dyn FnOnce(&Context) + Send>) -> Result<()> {
        let mut running = self.running.lock().unwrap();
        running.stop();
        work(&self.context);
        *running = Running::start(&self.context);
        Ok(())
    }
}

fn memory(context: &Context) -> CudaMemory {
    CudaMemory::new(context, Arc::new(context.clone())).unwrap()
}

#[test]
fn buffers_keep_what_is_copied_into_them() {
    let Some(context) = context() else { return };
    check_copies(&memory(&context));
}

#[test]
fn impossible_buffers_and_copies_are_refused() {
    let Some(context) = context() else { return };
    check_refusals(&memory(&context));
}

#[test]
fn buffers_are_counted_and_given_back() {
    let Some(context) = context() else { return };
    let memory = memory(&context);
    check_counts(&memory, &|| memory.bytes_in_use());
}

#[test]
fn memory_is_had_from_under_a_running_grid() {
    let Some(context) = context() else { return };
    let copies = memory(&context);
    let running = std::sync::Mutex::new(Running::start(&context));
    let still = Arc::new(Stopping { context: context.clone(), running });
    let memory = CudaMemory::new(&context, still.clone());
    assert!(memory.is_err(), "its stream is made when no grid runs");
    drop(copies);
    still.running.lock().unwrap().stop();
    let memory = CudaMemory::new(&context, still.clone()).unwrap();
    *still.running.lock().unwrap() = Running::start(&context);
    let buffer = memory.allocate(1000).unwrap();
    buffer.copy_from_host(&[5; 1000]).unwrap();
    let mut bytes = [0; 1000];
    buffer.copy_to_host(&mut bytes).unwrap();
    assert_eq!((bytes, still.running.lock().unwrap().double(9)), ([5; 1000], 18));
    still.running.lock().unwrap().stop();
}

#[test]
fn pinned_memory_is_locked_while_there_is_a_locker_and_copied_in_place() {
    let Some(context) = context() else { return };
    let locker: Arc<dyn PageLocker> = Arc::new(CudaPageLocker::new(Arc::new(context.clone())));
    offer_page_locking(&locker);
    let mut source = PinnedMemory::<u8>::new(100_000).unwrap();
    let mut target = PinnedMemory::<u8>::new(100_000).unwrap();
    assert!(source.is_page_locked() && target.is_page_locked());
    for (index, byte) in source.iter_mut().enumerate() {
        *byte = index as u8 ^ 0x5a;
    }
    let buffer = memory(&context).allocate(100_000).unwrap();
    buffer.copy_from_host(&source[1..]).unwrap();
    buffer.copy_to_host(&mut target[..99_999]).unwrap();
    assert_eq!(source[1..], target[..99_999]);
    drop(locker);
    drop((source, target));
    assert!(!PinnedMemory::<u8>::new(1).unwrap().is_page_locked());
}

#[test]
fn pages_that_cannot_be_locked_now_are_ordinary_memory() {
    let Some(context) = context() else { return };
    let locker: Arc<dyn PageLocker> = Arc::new(CudaPageLocker::new(Arc::new(context.clone())));
    let running = Running::start(&context);
    let pages = ringkernel_core::memory::Pages::zeroed(10).unwrap();
    let address = pages.address();
    let pages = locker.lock(pages).map(drop).unwrap_err();
    assert_eq!(pages.address(), address, "they come back");
    running.stop();
}
