//! Following the states of actors: the device is brought to what a host or a fault has decided, up to an actor's end.

use std::sync::Arc;

use ringkernel_core::backend::Hosted;
use ringkernel_core::backend::driven::Actor;
use ringkernel_core::runtime::KernelState;

use super::driver::Driver;
use crate::device::DeviceError;
use crate::shader::layout as at;

impl Driver {
    /// Brings the device to the state that an actor was given, and finds out whether it is to be fed.
    pub(super) fn look_at(&mut self, actor: Arc<Actor>) -> Result<(), DeviceError> {
        let index = actor.address().index();
        let Some(resident) = self.residents.get_mut(&index).filter(|found| Arc::ptr_eq(&found.actor, &actor))
        else {
            return if self.backlog.give_up(&actor) { self.forget_names() } else { Ok(()) };
        };
        actor.flush_pending();
        actor.send_on();
        let state = actor.state();
        let wanted = match state {
            KernelState::Active => at::MODE_ACTIVE,
            KernelState::Terminating | KernelState::Failed => at::MODE_CLOSING,
            _ => at::MODE_PAUSED,
        };
        if resident.mode == at::MODE_CLOSED || resident.mode == at::MODE_CLOSING {
            if resident.mode == at::MODE_CLOSED && state == KernelState::Terminating {
                self.end(index)?;
            }
            return Ok(());
        }
        if wanted == at::MODE_CLOSING {
            self.close(index)?;
            return Ok(());
        }
        let changed = resident.mode != wanted;
        resident.set_mode(&self.world, wanted)?;
        actor.settle(state);
        if state == KernelState::Active {
            let inner = actor.inner();
            let has_room = actor.room_for_output(&inner) > 0;
            let waits = inner.mailbox.waiting() > 0;
            // It may have messages from other kernels, too, or room for its outputs again.
            self.has_more |= has_room && actor.options.enable_k2k && (changed || inner.kernels_waiting > 0);
            drop(inner);
            if waits && has_room {
                self.hot.insert(index, actor.clone());
            }
        }
        self.write_row(&actor, 0, 0);
        Ok(())
    }

    /// Lets an actor take nothing more, and has the device give back what it holds.
    pub(super) fn close(&mut self, index: u32) -> Result<(), DeviceError> {
        let Some(resident) = self.residents.get_mut(&index) else { return Ok(()) };
        resident.set_mode(&self.world, at::MODE_CLOSING)?;
        self.closing.insert(index);
        let actor = resident.actor.clone();
        self.hot.remove(&index);
        let reason = actor.closing_reason();
        actor.close_mailbox(reason, &actor.error_of(reason));
        self.write_row(&actor, 0, 0);
        Ok(())
    }

    /// The device has given back everything that an actor held.
    pub(super) fn closed(&mut self, index: u32) -> Result<(), DeviceError> {
        let Some(resident) = self.residents.get_mut(&index) else { return Ok(()) };
        resident.mode = at::MODE_CLOSED;
        self.closing.remove(&index);
        let actor = resident.actor.clone();
        actor.refuse_owed(&actor.error_of(actor.closing_reason()));
        if actor.state() == KernelState::Terminating {
            return self.end(index);
        }
        actor.flush_pending();
        actor.output.close();
        actor.announce();
        Ok(())
    }

    /// Takes an actor out of the world.
    fn end(&mut self, index: u32) -> Result<(), DeviceError> {
        let Some(actor) = self.take_out(index)? else { return Ok(()) };
        actor.retire();
        self.forget_names()
    }
}
