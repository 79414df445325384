//! actix: everything on one thread, as it is meant to be used within one arbiter.

use std::time::Duration;

use actix::{Actor, ActorContext, Addr, Context, Handler, Message, System};
use tokio::sync::{mpsc, oneshot};

use super::super::CAPACITY;
use super::super::framework::{self, Arrival, Course, Finish, Framework, race};

pub(crate) struct Actix;

pub(crate) struct Double {
    capacity: usize,
    stopped: Option<oneshot::Sender<()>>,
}

impl Actor for Double {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(self.capacity);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        let stopped = self.stopped.take().expect("it stops once");
        stopped.send(()).expect("somebody waits");
    }
}

pub(crate) struct Number(u64);

impl Message for Number {
    type Result = u64;
}

impl Handler<Number> for Double {
    type Result = u64;

    fn handle(&mut self, number: Number, _: &mut Self::Context) -> u64 {
        2 * number.0
    }
}

pub(crate) struct Stop;

impl Message for Stop {
    type Result = ();
}

impl Handler<Stop> for Double {
    type Result = ();

    fn handle(&mut self, _: Stop, context: &mut Self::Context) {
        context.stop();
    }
}

struct Place {
    place: usize,
    next: Option<Addr<Place>>,
    done: Finish,
}

impl Actor for Place {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(CAPACITY);
    }
}

struct Connect(Addr<Place>);

impl Message for Connect {
    type Result = ();
}

impl Handler<Connect> for Place {
    type Result = ();

    fn handle(&mut self, message: Connect, _: &mut Self::Context) {
        self.next = Some(message.0);
    }
}

struct Token(framework::Token);

impl Message for Token {
    type Result = ();
}

impl Handler<Token> for Place {
    type Result = ();

    fn handle(&mut self, Token(token): Token, _: &mut Self::Context) {
        match token.passed_on() {
            Some(token) => {
                self.next.as_ref().expect("connected").try_send(Token(token)).expect("there is room")
            }
            None => {
                let arrival = Arrival { token: token.token, place: self.place };
                self.done.try_send(arrival).expect("there is room for every token");
            }
        }
    }
}

pub(crate) struct Doubler {
    actor: Addr<Double>,
    stopped: oneshot::Receiver<()>,
}

impl Framework for Actix {
    type Doubler = Doubler;

    fn run<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
        // The system belongs to its thread, so that thread ends with it.
        let thread = std::thread::spawn(|| {
            System::new().block_on(async { actix::spawn(work).await.expect("it did not panic") })
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    async fn start() -> Self {
        Actix
    }

    async fn doubler(&self, capacity: usize) -> Doubler {
        let (sender, stopped) = oneshot::channel();
        Doubler { actor: Double { capacity, stopped: Some(sender) }.start(), stopped }
    }

    async fn ring(&self, course: Course) -> Duration {
        let (done, finish) = mpsc::channel(course.tokens);
        let actors: Vec<_> =
            (0..course.actors).map(|place| Place { place, next: None, done: done.clone() }.start()).collect();
        for (place, actor) in actors.iter().enumerate() {
            actor.send(Connect(actors[course.next(place)].clone())).await.expect("it is running");
        }
        race(course, finish, |place, token| {
            actors[place].try_send(Token(token)).expect("there is room");
            async {}
        })
        .await
    }
}

impl framework::Doubler for Doubler {
    async fn ask(&self, value: u64) -> u64 {
        self.actor.send(Number(value)).await.expect("an answer")
    }

    async fn stop(self) {
        self.actor.send(Stop).await.expect("it was running");
        self.stopped.await.expect("it stops");
    }
}
