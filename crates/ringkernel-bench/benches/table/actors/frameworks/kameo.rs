//! kameo on tokio, with bounded mailboxes.

use std::convert::Infallible;
use std::time::Duration;

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn};
use kameo::mailbox;
use kameo::message::{Context, Message};
use tokio::sync::mpsc;

use super::super::CAPACITY;
use super::super::framework::{self, Arrival, Course, Finish, Framework, Token, race};

pub(crate) struct Kameo;

pub(crate) struct Double;

impl Actor for Double {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

pub(crate) struct Number(u64);

impl Message<Number> for Double {
    type Reply = u64;

    async fn handle(&mut self, number: Number, _: &mut Context<Self, u64>) -> u64 {
        2 * number.0
    }
}

struct Place {
    place: usize,
    next: Option<ActorRef<Place>>,
    done: Finish,
}

impl Actor for Place {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(state: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(state)
    }
}

struct Connect(ActorRef<Place>);

impl Message<Connect> for Place {
    type Reply = ();

    async fn handle(&mut self, message: Connect, _: &mut Context<Self, ()>) {
        self.next = Some(message.0);
    }
}

impl Message<Token> for Place {
    type Reply = ();

    async fn handle(&mut self, token: Token, _: &mut Context<Self, ()>) {
        match token.passed_on() {
            Some(token) => {
                let next = self.next.as_ref().expect("connected");
                next.tell(token).send().await.expect("the next is running");
            }
            None => {
                let arrival = Arrival { token: token.token, place: self.place };
                self.done.send(arrival).await.expect("somebody waits");
            }
        }
    }
}

impl Framework for Kameo {
    type Doubler = ActorRef<Double>;

    async fn start() -> Self {
        Kameo
    }

    async fn doubler(&self, capacity: usize) -> ActorRef<Double> {
        let actor = Double::spawn_with_mailbox(Double, mailbox::bounded(capacity));
        actor.wait_for_startup().await;
        actor
    }

    async fn ring(&self, course: Course) -> Duration {
        let (done, finish) = mpsc::channel(course.tokens);
        let spawn = |place| {
            let state = Place { place, next: None, done: done.clone() };
            Place::spawn_with_mailbox(state, mailbox::bounded(CAPACITY))
        };
        let actors: Vec<_> = (0..course.actors).map(spawn).collect();
        for (place, actor) in actors.iter().enumerate() {
            let next = actors[course.next(place)].clone();
            actor.ask(Connect(next)).send().await.expect("it is running");
        }
        race(course, finish, |place, token| {
            let actor = actors[place].clone();
            async move { actor.tell(token).send().await.expect("it is running") }
        })
        .await
    }
}

impl framework::Doubler for ActorRef<Double> {
    async fn ask(&self, value: u64) -> u64 {
        ActorRef::ask(self, Number(value)).send().await.expect("an answer")
    }

    async fn stop(self) {
        self.stop_gracefully().await.expect("it was running");
        self.wait_for_shutdown().await;
    }
}

/// Asks from a thread that belongs to no runtime.
pub(crate) fn ask_from_a_thread(actor: &ActorRef<Double>, value: u64) -> u64 {
    actor.ask(Number(value)).blocking_send().expect("an answer")
}
