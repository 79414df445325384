//! Putting actors into device memory, and keeping the grid large enough for all of them.

use std::sync::Arc;

use ringkernel_core::backend::driven::{Actor, Launch};
use ringkernel_core::sync::atomic::Ordering;

use super::compile::{Compiled, Need};
use super::driver::Driver;
use super::error::WorldError;
use super::fit::Fit;
use super::grid::{Shape, blocks_of, check_staging};
use super::program::{Lanes, Programs};
use super::resident::{Resident, event_words};

impl Driver {
    /// Puts an actor into device memory, or sets it aside until there is a program with its kernel.
    pub(super) fn launch(&mut self, launch: Launch) -> Result<(), WorldError> {
        let Some(kernel) = self.programs.number(launch.actor.kernel) else {
            let actor = launch.actor.clone();
            if self.backlog.set_aside(Need(actor.kernel), launch) {
                // It may have been terminated before it was set aside.
                self.look_at(&actor);
            } else {
                self.forget_names();
            }
            return Ok(());
        };
        match self.place(&launch, kernel)? {
            Ok(()) => self.launched(launch),
            Err(error) => {
                self.resume()?;
                launch.fail(error.into());
                self.forget_names();
            }
        }
        Ok(())
    }

    /// Takes the program that was made beside, with those who wait for it, and has the next one made.
    pub(super) fn work_off(&mut self) -> Result<(), WorldError> {
        if self.stopping.is_some() {
            self.backlog.shut_down();
        }
        match self.backlog.made() {
            // Those who have waited for it may all have given up.
            Some((needs, Ok(compiled))) if self.backlog.is_waiting_for(&needs) => {
                self.adopt(&needs, compiled)?;
            }
            Some((needs, Err(error))) => {
                self.backlog.refuse(&needs, &error);
                self.forget_names();
            }
            _ => {}
        }
        let programs = &self.programs;
        let all_wait = self.backlog.make(|needs| {
            let compilation = programs.with(needs);
            || compilation.run()
        });
        if !all_wait {
            self.forget_names();
        }
        Ok(())
    }

    /// Loads a program that was made for these needs, and launches whose kernel is in it. The grid stands still only for that.
    fn adopt(&mut self, needs: &[Need], compiled: Compiled) -> Result<(), WorldError> {
        self.world.stop()?;
        let before = self.programs.clone();
        if let Err(error) = self.programs.load(compiled) {
            self.programs = before;
            self.backlog.refuse(needs, &error);
            self.forget_names();
            return self.resume();
        }
        if let Err(error) = self.install() {
            if error.is_fatal() {
                return Err(error);
            }
            self.go_back_to(before)?;
            self.backlog.refuse(needs, &error.into());
            self.forget_names();
            return self.resume();
        }
        let mut before = Some(before);
        while let Some((need, launch)) = self.next_placeable() {
            let kernel = self.programs.number(need.0).expect("it is in the program");
            let Err(error) = self.place(&launch, kernel)? else {
                self.launched(launch);
                // The others run with this program.
                before = None;
                continue;
            };
            let fits_nobody = before.is_some();
            // A program that does not fit would keep the others from running.
            if let Some(before) = before.take() {
                self.go_back_to(before)?;
            }
            if fits_nobody && needs.len() > 1 {
                self.backlog.put_back(need, launch);
                self.backlog.set_apart(needs);
            } else {
                launch.fail(error.into());
                self.forget_names();
            }
            self.resume()?;
        }
        Ok(())
    }

    /// The first launch that waits and whose kernel is in the program.
    fn next_placeable(&mut self) -> Option<(Need, Launch)> {
        let programs = &self.programs;
        self.backlog.take(|need| programs.number(need.0).is_some())
    }

    fn go_back_to(&mut self, before: Programs) -> Result<(), WorldError> {
        self.world.stop()?;
        self.programs = before;
        self.install()
    }

    /// Tells whoever launches that the actor is on the device.
    fn launched(&mut self, launch: Launch) {
        // Whoever launches may have given up, and the actor ends then.
        let _ = launch.done.send(Ok(()));
        // Its name is known already, so somebody may have terminated it.
        self.look_at(&launch.actor);
    }

    /// Puts an actor into device memory, and has a grid run that is large enough for it, too. The outer error is one that the device does not
    /// survive; after the inner one nothing is left of the actor there, and the others go on when the grid [resumes](Self::resume).
    fn place(&mut self, launch: &Launch, kernel: usize) -> Result<Result<(), WorldError>, WorldError> {
        let Err(error) = self.try_to_place(&launch.actor, kernel, &launch.state) else { return Ok(Ok(())) };
        if error.is_fatal() {
            return Err(error);
        }
        tracing::warn!(kernel = launch.actor.id().as_str(), %error, "the device has no room for a kernel");
        self.take_out(launch.actor.address().index());
        // The others go on in the grid that they had.
        self.reshaped = true;
        Ok(Err(error))
    }

    fn try_to_place(&mut self, actor: &Arc<Actor>, kernel: usize, state: &[u8]) -> Result<(), WorldError> {
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

    /// Has the device know no actor by name that has ended.
    pub(super) fn forget_names(&mut self) {
        if let Err(error) = self.write_names() {
            tracing::error!(%error, "the names of kernels could not be written");
        }
    }
}
