//! Putting actors into device memory, with their programs, and noting them in the tables that programs read.

use std::sync::Arc;

use ringkernel_core::Result;
use ringkernel_core::backend::driven::{Actor, Launch};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::sync::atomic::Ordering;

use super::driver::Driver;
use super::memory::Region;
use super::program::Shape;
use super::resident::Resident;
use crate::device::DeviceError;
use crate::shader::{self, layout as at};

/// The actors of one cooperative program.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) actors: Vec<u32>,
    pub(crate) list: Region,
}

impl Driver {
    pub(super) fn launch(&mut self, launch: Launch) -> Result<(), DeviceError> {
        let Launch { actor, state, done } = launch;
        let outcome = match self.launch_now(&actor, state) {
            Ok(outcome) => outcome,
            Err(error) => {
                let _ = done.send(Err(error.clone().of(self.shared.backend)));
                return Err(error);
            }
        };
        if let Err(error) = &outcome {
            actor.close_mailbox(DeadLetterReason::KernelTerminated, error);
            actor.retire();
        }
        // Whoever launches may have given up, and the actor ends then.
        let _ = done.send(outcome);
        // Its name is known already, so somebody may have terminated it.
        self.look_at(actor)
    }

    /// The outer error is one that the device does not survive; after the inner one everything is as before.
    fn launch_now(&mut self, actor: &Arc<Actor>, state: Vec<u8>) -> Result<Result<()>, DeviceError> {
        let before = (!self.programs.knows(actor.kernel)).then(|| self.programs.clone());
        let Err(error) = self.place(actor, state) else { return Ok(Ok(())) };
        if let Some(loss) = self.world.device.lost() {
            return Err(DeviceError::Lost(loss.clone()));
        }
        tracing::warn!(kernel = actor.id().as_str(), %error, "the device does not take a kernel");
        self.take_out(actor.address().index())?;
        if let Some(before) = before {
            // Its tables have room in those that there are.
            self.programs = before;
            self.write_routes()?;
            self.write_names()?;
        }
        Ok(Err(error))
    }

    /// Puts an actor into device memory, with its programs.
    fn place(&mut self, actor: &Arc<Actor>, state: Vec<u8>) -> Result<()> {
        let backend = self.shared.backend;
        let of = |error: DeviceError| error.of(backend);
        let mail = if actor.options.enable_k2k { shader::Mail::Between } else { shader::Mail::Alone };
        let (kernel, is_new) = self.programs.add(actor.kernel, mail)?;
        let shape = Shape::of(kernel, actor);
        if let Some(shape) = shape {
            self.programs.add_block(shape)?;
        }
        for pipeline in self.programs.take_cold() {
            self.warm_up(&pipeline).map_err(of)?;
        }
        if is_new || shape.is_some() {
            self.write_routes().map_err(of)?;
        }
        self.write_names().map_err(of)?;
        let index = actor.address().index();
        if let Some(shape) = shape {
            self.join_block(index, shape).map_err(of)?;
        }
        let resident = Resident::new(&mut self.world, &self.programs, actor.clone(), kernel, shape, state);
        self.residents.insert(index, resident.map_err(of)?);
        self.rows.resize((self.world.places * at::FEED_WORDS) as usize, 0);
        self.publish_memory();
        Ok(())
    }

    /// Frees what an actor has on the device.
    pub(super) fn take_out(&mut self, index: u32) -> Result<Option<Arc<Actor>>, DeviceError> {
        self.leave_block(index)?;
        let Some(resident) = self.residents.remove(&index) else { return Ok(None) };
        let actor = resident.actor.clone();
        resident.remove(&mut self.world)?;
        self.publish_memory();
        Ok(Some(actor))
    }

    pub(super) fn publish_memory(&self) {
        self.shared.memory_in_use.store(self.world.bytes_in_use(), Ordering::Relaxed);
    }

    /// What becomes of each message type at each kernel.
    fn write_routes(&mut self) -> Result<(), DeviceError> {
        self.world.routes = self.world.replace(self.world.routes, &self.programs.routes())?;
        Ok(())
    }

    /// The addresses of the kernels that handlers name.
    pub(super) fn write_names(&mut self) -> Result<(), DeviceError> {
        let addresses = self.shared.addresses_of(self.programs.names());
        self.world.names = self.world.replace(self.world.names, &addresses)?;
        Ok(())
    }

    /// Notes an actor among those of its program; nothing of it is noted when that fails.
    fn join_block(&mut self, actor: u32, shape: Shape) -> Result<(), DeviceError> {
        let number = self.blocks.iter().find(|(_, (known, _))| *known == shape).map(|(number, _)| *number);
        let number = number.unwrap_or_else(|| self.blocks.keys().last().map_or(0, |last| last + 1));
        let (_, members) = self.blocks.entry(number).or_insert_with(|| (shape, Members::default()));
        members.actors.push(actor);
        let words: Vec<u32> = [shape.grid_size].into_iter().chain(members.actors.iter().copied()).collect();
        match self.world.replace(members.list, &words) {
            Ok(list) => members.list = list,
            Err(error) => {
                members.actors.pop();
                // A program without a list has no words to write to either.
                if members.list.words == 0 {
                    self.blocks.remove(&number);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    pub(super) fn leave_block(&mut self, actor: u32) -> Result<(), DeviceError> {
        for (shape, members) in self.blocks.values_mut() {
            if let Some(place) = members.actors.iter().position(|member| *member == actor) {
                members.actors.remove(place);
                let words: Vec<u32> =
                    [shape.grid_size].into_iter().chain(members.actors.iter().copied()).collect();
                members.list = self.world.replace(members.list, &words)?;
            }
        }
        Ok(())
    }
}
