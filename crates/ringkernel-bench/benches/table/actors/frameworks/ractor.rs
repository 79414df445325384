//! ractor on tokio. Its mailboxes have no bound.

use std::time::Duration;

use ractor::concurrency::JoinHandle;
use ractor::rpc::CallResult;
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};
use tokio::sync::mpsc;

use super::super::framework::{self, Arrival, Course, Finish, Framework, Token, race};

pub(crate) struct Ractor;

struct Double;

pub(crate) enum Question {
    Double(u64, RpcReplyPort<u64>),
}

impl Actor for Double {
    type Msg = Question;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Question>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Question>,
        Question::Double(value, reply): Question,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        Ok(reply.send(2 * value)?)
    }
}

struct Place;

enum Pass {
    Connect(ActorRef<Pass>),
    Token(Token),
}

struct PlaceState {
    place: usize,
    next: Option<ActorRef<Pass>>,
    done: Finish,
}

impl Actor for Place {
    type Msg = Pass;
    type State = PlaceState;
    type Arguments = PlaceState;

    async fn pre_start(
        &self,
        _: ActorRef<Pass>,
        state: PlaceState,
    ) -> Result<PlaceState, ActorProcessingErr> {
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<Pass>,
        message: Pass,
        state: &mut PlaceState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Pass::Connect(next) => state.next = Some(next),
            Pass::Token(token) => match token.passed_on() {
                Some(token) => state.next.as_ref().expect("connected").send_message(Pass::Token(token))?,
                None => state.done.send(Arrival { token: token.token, place: state.place }).await?,
            },
        }
        Ok(())
    }
}

pub(crate) struct Doubler {
    actor: ActorRef<Question>,
    task: JoinHandle<()>,
}

impl Framework for Ractor {
    type Doubler = Doubler;

    async fn start() -> Self {
        Ractor
    }

    async fn doubler(&self, _unbounded: usize) -> Doubler {
        let (actor, task) = Actor::spawn(None, Double, ()).await.expect("it starts");
        Doubler { actor, task }
    }

    async fn ring(&self, course: Course) -> Duration {
        let (done, finish) = mpsc::channel(course.tokens);
        let mut actors = Vec::new();
        for place in 0..course.actors {
            let state = PlaceState { place, next: None, done: done.clone() };
            let (actor, _task) = Actor::spawn(None, Place, state).await.expect("it starts");
            actors.push(actor);
        }
        for (place, actor) in actors.iter().enumerate() {
            actor.send_message(Pass::Connect(actors[course.next(place)].clone())).expect("it is running");
        }
        race(course, finish, |place, token| {
            actors[place].send_message(Pass::Token(token)).expect("it is running");
            async {}
        })
        .await
    }
}

impl framework::Doubler for Doubler {
    async fn ask(&self, value: u64) -> u64 {
        match self.actor.call(|reply| Question::Double(value, reply), None).await {
            Ok(CallResult::Success(doubled)) => doubled,
            _ => panic!("no answer"),
        }
    }

    async fn stop(self) {
        self.actor.stop(None);
        self.task.await.expect("it did not panic");
    }
}
