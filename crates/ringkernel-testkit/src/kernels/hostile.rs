//! Handlers whose values panic when they are dropped, and one that sleeps on tokio's clock.

use std::panic::panic_any;
use std::time::Duration;

use ringkernel::prelude::*;

use super::host_only::Passed;

/// Panics with a value that panics when it is dropped, so many times over.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct PanicInAChain {
    /// How many times.
    pub length: u32,
}

/// Waits for ever with a value in hand that panics when it is dropped.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct WaitWithABomb;

/// Leaves a state that panics when it is dropped, and then panics itself.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct PanicTwice;

/// Sleeps on tokio's clock.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct SleepOnTokio {
    /// For how long, in milliseconds.
    pub milliseconds: u64,
}

struct Chain(u32);

impl Drop for Chain {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Chain(self.0 - 1));
        }
    }
}

/// The state.
#[derive(Default)]
pub struct Hostile {
    bomb: Option<Chain>,
}

#[ring_kernel(id = "testkit.hostile", backends(cpu))]
impl Hostile {
    #[handler]
    fn chain(&mut self, _ctx: &mut RingContext, message: PanicInAChain) -> Passed {
        panic_any(Chain(message.length))
    }

    #[handler]
    fn twice(&mut self, _ctx: &mut RingContext, _message: PanicTwice) -> Passed {
        self.bomb = Some(Chain(1));
        panic!("the handler itself")
    }

    #[handler]
    async fn wait(&mut self, _ctx: &mut RingContext<'_>, _message: WaitWithABomb) -> Passed {
        let _bomb = Chain(2);
        std::future::pending().await
    }

    #[handler]
    async fn sleep(&mut self, _ctx: &mut RingContext<'_>, message: SleepOnTokio) -> Passed {
        tokio::time::sleep(Duration::from_millis(message.milliseconds)).await;
        Passed { ending: false }
    }
}
