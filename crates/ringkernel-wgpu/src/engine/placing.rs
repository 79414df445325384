//! Putting actors into device memory, with their programs, and noting them in the tables that programs read.

use std::sync::Arc;

use ringkernel_core::backend::driven::{Actor, Launch};
use ringkernel_core::sync::atomic::Ordering;

use super::driver::Driver;
use super::memory::Region;
use super::need::{Need, Shape};
use super::program::Programs;
use super::resident::Resident;
use crate::device::{DeviceError, Pipeline};
use crate::shader::layout as at;

/// The actors of one cooperative program.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) actors: Vec<u32>,
    pub(crate) list: Region,
}

impl Driver {
    /// Puts an actor into device memory, or sets it aside until there are programs for it.
    pub(super) fn launch(&mut self, launch: Launch) -> Result<(), DeviceError> {
        let need = Need::of(&launch.actor);
        if let Some((kernel, shape)) = self.programs.find(&need) {
            return self.place(launch, kernel, shape);
        }
        let actor = launch.actor.clone();
        if !self.backlog.set_aside(need, launch) {
            return self.forget_names();
        }
        // It may have been given up before it was set aside.
        self.look_at(actor)
    }

    /// Takes the programs that were made beside, with those who wait for them, and has the next ones made.
    pub(super) fn work_off(&mut self) -> Result<(), DeviceError> {
        if self.stopping.is_some() {
            self.backlog.shut_down();
        }
        match self.backlog.made() {
            // Those who have waited for them may all have given up.
            Some((needs, Ok(programs))) if self.backlog.is_waiting_for(&needs) => {
                self.adopt(&needs, programs)?;
            }
            Some((needs, Err(error))) => {
                self.world.device.check_alive()?;
                self.backlog.refuse(&needs, &error);
                self.forget_names()?;
            }
            _ => {}
        }
        let programs = &self.programs;
        let all_wait = self.backlog.make(|needs| {
            let (programs, needs) = (programs.clone(), needs.to_vec());
            move || programs.with(&needs)
        });
        if all_wait { Ok(()) } else { self.forget_names() }
    }

    /// Takes programs that were made for these needs, and launches who can be launched with them.
    fn adopt(&mut self, needs: &[Need], mut programs: Programs) -> Result<(), DeviceError> {
        let cold = programs.take_cold();
        let before = std::mem::replace(&mut self.programs, Arc::new(programs));
        if let Err(error) = self.install(&cold) {
            self.world.device.check_alive()?;
            // Its tables have room in those that there are.
            self.programs = before;
            self.write_routes()?;
            self.backlog.refuse(needs, &error.of(self.shared.backend));
            return self.forget_names();
        }
        let programs = self.programs.clone();
        while let Some((need, launch)) = self.backlog.take(|need| programs.find(need).is_some()) {
            let (kernel, shape) = programs.find(&need).expect("it was chosen for that");
            self.place(launch, kernel, shape)?;
        }
        Ok(())
    }

    /// Runs programs that have never run, and has the device go by what the present ones handle and name.
    fn install(&mut self, cold: &[Pipeline]) -> Result<(), DeviceError> {
        cold.iter().try_for_each(|pipeline| self.warm_up(pipeline))?;
        self.write_routes()?;
        self.write_names()
    }

    /// Puts an actor into device memory. The error is one that the device does not survive; what else goes wrong is told to whoever
    /// launches, and everything is as before.
    fn place(&mut self, mut launch: Launch, kernel: usize, shape: Option<Shape>) -> Result<(), DeviceError> {
        let state = std::mem::take(&mut launch.state);
        let Err(error) = self.try_to_place(&launch.actor, state, kernel, shape) else {
            // Whoever launches may have given up, and the actor ends then.
            let _ = launch.done.send(Ok(()));
            // Its name is known already, so somebody may have terminated it.
            return self.look_at(launch.actor);
        };
        self.world.device.check_alive()?;
        tracing::warn!(kernel = launch.actor.id().as_str(), %error, "the device does not take a kernel");
        self.take_out(launch.actor.address().index())?;
        launch.fail(error.of(self.shared.backend));
        self.forget_names()
    }

    fn try_to_place(
        &mut self,
        actor: &Arc<Actor>,
        state: Vec<u8>,
        kernel: usize,
        shape: Option<Shape>,
    ) -> Result<(), DeviceError> {
        self.write_names()?;
        let index = actor.address().index();
        if let Some(shape) = shape {
            self.join_block(index, shape)?;
        }
        let resident = Resident::new(&mut self.world, &self.programs, actor.clone(), kernel, shape, state)?;
        self.residents.insert(index, resident);
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

    /// Has the device know no actor by name that has ended. Where there is no room for the names, those stay that it has; at the address of
    /// one that has ended it finds nobody. The error is one that the device does not survive.
    pub(super) fn forget_names(&mut self) -> Result<(), DeviceError> {
        if let Err(error) = self.write_names() {
            self.world.device.check_alive()?;
            tracing::error!(%error, "the names of kernels could not be written");
        }
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
