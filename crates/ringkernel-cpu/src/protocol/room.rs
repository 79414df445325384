//! Where senders wait for room in a mailbox.
//!
//! Who waits listens, then wakes the actor, then tries again, and then waits. The actor looks for listeners at the end of
//! every turn, without a fence. The wake-up word orders the two: a turn that begins after the wake-up sees who listens,
//! and a turn that was under way is followed by another. So if the second try found no room, a later turn tells of it.

use ringkernel_core::queue::{Gate, Waiting};

#[derive(Default)]
pub(crate) struct Room(Gate);

impl Room {
    /// A listener for room. Wake the actor after this call, then try again, then wait.
    pub(crate) fn listen(&self) -> Waiting<'_> {
        self.0.listen()
    }

    /// Wakes as many listeners as there is room for. Called by a turn, at its end.
    #[inline]
    pub(crate) fn tell(&self, free: impl FnOnce() -> usize) {
        if self.0.is_awaited() {
            self.0.notify(free());
        }
    }

    /// Wakes all listeners, after the mailbox was closed. Anybody calls this.
    pub(crate) fn tell_all(&self) {
        self.0.notify_all();
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use crate::protocol::ring::{Consumer, NoRoom, Producer, ring};
    use crate::protocol::task::{HasTask, Progress, Task, Turn, start, wake};
    use loom::thread;
    use ringkernel_core::sync::Arc;
    use std::future::Future;
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Wake, Waker};

    struct Actor {
        task: Task<Actor>,
        mailbox: Producer<u32>,
        room: Room,
    }

    impl HasTask for Actor {
        type Value = Consumer<u32>;
        fn task(&self) -> &Task<Self> {
            &self.task
        }
    }

    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    fn push(actor: &Actor, value: u32) -> Result<(), NoRoom> {
        actor.mailbox.push(value, 1, |value| value).map_err(|(_, why)| why)
    }

    /// Runs turns until the actor is idle, as a worker does.
    fn work(mut turn: Turn<Actor>) {
        while let Some(again) = turn.run(|actor, inbox| {
            drop(inbox.take());
            actor.room.tell(|| 1 - actor.mailbox.held().min(1));
            Progress::GoesOn
        }) {
            turn = again;
        }
    }

    /// A sender that finds the mailbox full, beside the turn that takes what is in it.
    fn check_room_is_told(announce: fn(&Actor) -> Option<Turn<Actor>>) {
        loom::model(move || {
            let (mailbox, inbox) = ring(1);
            let actor = Arc::new(Actor { task: Task::new(), mailbox, room: Room::default() });
            start(&actor, inbox);
            push(&actor, 1).unwrap();
            let turn = wake(&*actor).expect("it is idle");
            let worker = thread::spawn(move || work(turn));

            let woken = std::sync::Arc::new(Woken(AtomicBool::new(false)));
            let waker = Waker::from(woken.clone());
            let sent = {
                let mut room = pin!(actor.room.listen());
                let turn = announce(&actor);
                let sent = push(&actor, 2).is_ok();
                let told = !sent && room.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
                worker.join().unwrap();
                turn.into_iter().for_each(work);
                assert!(sent || told || woken.0.load(Ordering::SeqCst), "nobody told of the room");
                sent
            };
            assert!(sent || push(&actor, 2).is_ok(), "it was told of room that there is not");
            wake(&*actor).into_iter().for_each(|turn| assert!(turn.run(|_, _| Progress::Ended).is_none()));
        });
    }

    #[test]
    fn who_listens_and_wakes_the_actor_is_told_of_room() {
        check_room_is_told(|actor| wake(actor));
    }

    #[test]
    #[should_panic(expected = "nobody told of the room")]
    fn who_listens_has_to_wake_the_actor() {
        check_room_is_told(|_| None);
    }
}
