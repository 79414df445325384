//! Putting actors into device memory, and keeping the grid large enough for all of them.

use std::sync::Arc;

use ringkernel_core::Result;
use ringkernel_core::backend::driven::{Actor, Launch};
use ringkernel_core::dead_letter::DeadLetterReason;
use ringkernel_core::sync::atomic::Ordering;

use super::driver::Driver;
use super::error::WorldError;
use super::fit::Fit;
use super::grid::{Shape, blocks_of, check_staging};
use super::program::Lanes;
use super::resident::{Resident, event_words};

impl Driver {
    pub(super) fn launch(&mut self, launch: Launch) -> Result<(), WorldError> {
        let Launch { actor, state, done } = launch;
        let outcome = match self.launch_now(&actor, &state) {
            Ok(outcome) => outcome,
            Err(error) => {
                let _ = done.send(Err(error.clone().into()));
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
        self.look_at(&actor);
        Ok(())
    }

    /// The outer error is one that the device does not survive; after the inner one everything is as before.
    fn launch_now(&mut self, actor: &Arc<Actor>, state: &[u8]) -> Result<Result<()>, WorldError> {
        let (kernel, before) = match self.programs.number(actor.kernel) {
            Some(number) => (number, None),
            None => {
                // Compiled while the grid runs; it stops only to take the new program.
                let compiled = match self.programs.compile(actor.kernel) {
                    Ok(compiled) => compiled,
                    Err(error) => return Ok(Err(error)),
                };
                self.world.stop()?;
                let before = self.programs.clone();
                if let Err(error) = self.programs.load(compiled) {
                    self.programs = before;
                    return Ok(Err(error));
                }
                let number =
                    self.programs.number(actor.kernel).expect("it is in the program that was made for it");
                (number, Some(before))
            }
        };
        let placed = self.place(actor, kernel, state, before.is_some());
        let Err(error) = placed else { return Ok(Ok(())) };
        if error.is_fatal() {
            return Err(error);
        }
        tracing::warn!(kernel = actor.id().as_str(), %error, "the device has no room for a kernel");
        self.take_out(actor.address().index());
        // A program that does not fit would keep the others from running.
        if let Some(before) = before {
            self.world.stop()?;
            self.programs = before;
            self.install()?;
        }
        // The others go on in the grid that they had.
        self.reshaped = true;
        self.resume()?;
        Ok(Err(error.into()))
    }

    /// Puts an actor into device memory, and has a grid run that is large enough for it, too.
    fn place(
        &mut self,
        actor: &Arc<Actor>,
        kernel: usize,
        state: &[u8],
        is_new: bool,
    ) -> Result<(), WorldError> {
        if is_new {
            self.install()?;
        }
        self.check_fit(actor, kernel)?;
        self.write_names()?;
        let index = actor.address().index();
        let resident = Resident::new(&mut self.world, &self.programs, actor.clone(), kernel, state)?;
        self.needs.add(resident.lanes, resident.event_words);
        self.residents.insert(index, resident);
        self.reshaped = true;
        self.resume()?;
        // Nothing can go wrong from here on.
        if let Some(resident) = self.residents.get_mut(&index) {
            resident.enter(&mut self.world, kernel);
        }
        self.reckon_with(index);
        self.publish_memory();
        Ok(())
    }

    /// Gives the device the tables of a program, which is another one than before.
    fn install(&mut self) -> Result<(), WorldError> {
        self.shape = None;
        self.world.set_routes(&self.programs.routes(), self.programs.types())?;
        self.write_names()
    }

    /// Finds out whether a grid holds this actor beside the others, before anything is done for it.
    fn check_fit(&mut self, actor: &Actor, kernel: usize) -> Result<(), WorldError> {
        let mut needs = self.needs.clone();
        needs.add(Lanes::of(actor), event_words(&self.programs, actor, kernel));
        let fit = needs.fit();
        let Some(shape) = self.shape_of(&fit) else { return Ok(()) };
        if self.shape.is_some_and(|shape| shape.holds(&fit)) {
            return Ok(());
        }
        self.world.stop()?;
        check_staging(&shape, blocks_of(&shape)?.0)
    }

    /// Has the grid run, in a shape in which all actors fit.
    pub(super) fn resume(&mut self) -> Result<(), WorldError> {
        if self.world.is_running() && !self.reshaped {
            return Ok(());
        }
        self.reshaped = false;
        let fit = self.needs.fit();
        let Some(shape) = self.shape_of(&fit) else { return Ok(()) };
        if self.shape.is_some_and(|shape| !shape.holds(&fit)) {
            self.world.stop()?;
        }
        if !self.world.is_running() && !self.residents.is_empty() {
            self.world.start(&shape)?;
            self.shape = Some(fit);
        }
        Ok(())
    }

    /// The shape of a grid for these needs, once there is a program.
    fn shape_of(&self, fit: &Fit) -> Option<Shape> {
        let requirements = self.programs.requirements();
        self.programs.function().map(|function| Shape {
            function: function.clone(),
            threads: fit.threads,
            program_bytes: requirements.shared_bytes.next_multiple_of(16),
            handler_bytes: fit.handler_bytes + requirements.alignment_bytes,
            grid_size: fit.grid_size,
            // Room for as many again, so that launching more of them seldom stops the grid.
            jobs: fit.jobs.next_power_of_two(),
            event_words: fit.event_words,
        })
    }

    pub(super) fn publish_memory(&self) {
        self.shared.memory_in_use.store(self.world.bytes_in_use(), Ordering::Relaxed);
    }

    /// The addresses of the kernels that handlers name.
    pub(super) fn write_names(&mut self) -> Result<(), WorldError> {
        let addresses = self.shared.addresses_of(self.programs.names());
        self.world.set_names(&addresses)
    }
}
