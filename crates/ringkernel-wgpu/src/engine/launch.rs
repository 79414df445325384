//! What the driver is asked to do once for an actor: find its program, and put it into device memory.

use std::sync::Arc;

use ringkernel_core::Result;
use tokio::sync::oneshot;

use super::actor::Actor;

/// A request to put an actor into device memory.
pub(crate) struct Launch {
    pub(crate) actor: Arc<Actor>,
    /// Its state's bytes.
    pub(crate) state: Vec<u8>,
    pub(crate) done: oneshot::Sender<Result<()>>,
}
