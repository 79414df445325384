//! Tokio alone: a task with a bounded channel, and a oneshot channel for each answer.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::super::CAPACITY;
use super::super::framework::{Arrival, Course, Doubler, Framework, Token, race};

type Question = (u64, oneshot::Sender<u64>);

pub(crate) struct Tasks;

pub(crate) struct DoublerTask {
    mailbox: mpsc::Sender<Question>,
    task: JoinHandle<()>,
}

impl DoublerTask {
    /// Asks from a thread that belongs to no runtime.
    pub(crate) fn ask_from_a_thread(&self, value: u64) -> u64 {
        let (reply, answer) = oneshot::channel();
        self.mailbox.blocking_send((value, reply)).expect("it is running");
        answer.blocking_recv().expect("an answer")
    }
}

impl Framework for Tasks {
    type Doubler = DoublerTask;

    async fn start() -> Self {
        Tasks
    }

    async fn doubler(&self, capacity: usize) -> DoublerTask {
        let (mailbox, mut questions) = mpsc::channel::<Question>(capacity);
        let task = tokio::spawn(async move {
            while let Some((value, reply)) = questions.recv().await {
                reply.send(2 * value).expect("somebody waits");
            }
        });
        DoublerTask { mailbox, task }
    }

    async fn ring(&self, course: Course) -> Duration {
        let (done, finish) = mpsc::channel(course.tokens);
        let (mailboxes, receivers): (Vec<_>, Vec<_>) =
            (0..course.actors).map(|_| mpsc::channel::<Token>(CAPACITY)).unzip();
        for (place, mut mailbox) in receivers.into_iter().enumerate() {
            let next = mailboxes[course.next(place)].clone();
            let done = done.clone();
            tokio::spawn(async move {
                while let Some(token) = mailbox.recv().await {
                    match token.passed_on() {
                        Some(token) => next.send(token).await.expect("the next is running"),
                        None => {
                            done.send(Arrival { token: token.token, place }).await.expect("somebody waits")
                        }
                    }
                }
            });
        }
        race(course, finish, |place, token| {
            let mailbox = mailboxes[place].clone();
            async move { mailbox.send(token).await.expect("it is running") }
        })
        .await
    }
}

impl Doubler for DoublerTask {
    async fn ask(&self, value: u64) -> u64 {
        let (reply, answer) = oneshot::channel();
        self.mailbox.send((value, reply)).await.expect("it is running");
        answer.await.expect("an answer")
    }

    async fn stop(self) {
        drop(self.mailbox);
        self.task.await.expect("it did not panic");
    }
}
