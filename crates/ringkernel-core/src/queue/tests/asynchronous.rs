//! Waiting with deadlines, on tokio and on no runtime at all.

use crate::queue::{MessageQueue, MpscQueue, QueueError, SpscQueue};
use crate::timer;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(20);

fn assert_send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test]
async fn enqueue_gives_the_message_back_when_the_time_is_up() {
    let queue = SpscQueue::<u64>::new(1).unwrap();
    queue.enqueue(1, Duration::ZERO).await.unwrap();
    let begin = Instant::now();
    assert_eq!(assert_send(queue.enqueue(2, SHORT)).await, Err(QueueError::Full(2)));
    assert!(begin.elapsed() >= SHORT);
    assert_eq!(queue.enqueue(3, Duration::ZERO).await, Err(QueueError::Full(3)));
    assert_eq!(queue.statistics().total_enqueued, 1);
}

#[tokio::test]
async fn dequeue_times_out_on_an_empty_queue() {
    let queue = MpscQueue::<u64>::new(1).unwrap();
    let begin = Instant::now();
    assert_eq!(assert_send(queue.dequeue(SHORT)).await, Err(QueueError::Timeout));
    assert!(begin.elapsed() >= SHORT);
    queue.try_enqueue(1).unwrap();
    assert_eq!(queue.dequeue(Duration::ZERO).await, Ok(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_wakes_everybody_who_waits() {
    let queue = Arc::new(MpscQueue::<u64>::new(1).unwrap());
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.dequeue(LONG).await })
        })
        .collect();
    timer::sleep(SHORT).await;
    queue.close();
    for task in waiting {
        assert_eq!(task.await.unwrap(), Err(QueueError::Closed));
    }

    let queue = Arc::new(SpscQueue::<u64>::new(1).unwrap());
    queue.try_enqueue(0).unwrap();
    let sender = {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move { queue.enqueue(7, LONG).await })
    };
    timer::sleep(SHORT).await;
    queue.close();
    assert_eq!(sender.await.unwrap(), Err(QueueError::Refused(7)));
    assert_eq!(queue.dequeue(LONG).await, Ok(0));
    assert_eq!(queue.dequeue(LONG).await, Err(QueueError::Closed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn takers_of_a_closed_queue_all_learn_that_it_is_drained() {
    for _ in 0..200 {
        let queue = Arc::new(MpscQueue::<u64>::new(4).unwrap());
        let takers: Vec<_> = (0..3)
            .map(|_| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move {
                    let mut taken = 0;
                    while queue.dequeue(LONG).await.is_ok() {
                        taken += 1;
                    }
                    taken
                })
            })
            .collect();
        for number in 0..8 {
            queue.enqueue(number, LONG).await.unwrap();
        }
        queue.close();
        let mut taken = 0;
        for taker in takers {
            taken += timer::timeout(Duration::from_secs(10), taker).await.expect("woken").unwrap();
        }
        assert_eq!(taken, 8);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_consumer_holds_the_producers_back_and_loses_nothing() {
    let (producer, mut consumer) = MpscQueue::<(usize, u64)>::new(2).unwrap().split();
    let senders: Vec<_> = (0..4)
        .map(|who| {
            let producer = producer.clone();
            tokio::spawn(async move {
                for number in 0..2_000 {
                    producer.enqueue((who, number), LONG).await.unwrap();
                }
            })
        })
        .collect();
    drop(producer);
    let mut next = [0; 4];
    loop {
        match consumer.dequeue(LONG).await {
            Ok((who, number)) => {
                assert_eq!(number, next[who]);
                next[who] += 1;
            }
            Err(error) => {
                assert_eq!(error, QueueError::Closed);
                break;
            }
        }
    }
    assert_eq!(next, [2_000; 4]);
    assert!(consumer.statistics().peak_depth <= 2);
    for sender in senders {
        sender.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spsc_halves_wait_for_each_other() {
    let (mut producer, mut consumer) = SpscQueue::<u64>::new(1).unwrap().split();
    let sender = tokio::spawn(async move {
        for number in 0..5_000 {
            producer.enqueue(number, LONG).await.unwrap();
        }
    });
    for number in 0..5_000 {
        assert_eq!(consumer.dequeue(LONG).await, Ok(number));
    }
    assert_eq!(consumer.dequeue(LONG).await, Err(QueueError::Closed));
    sender.await.unwrap();
}

#[tokio::test]
async fn a_batch_lets_as_many_waiting_producers_go_on() {
    let (producer, mut consumer) = MpscQueue::<u64>::new(2).unwrap().split();
    producer.try_enqueue(0).unwrap();
    producer.try_enqueue(1).unwrap();
    let senders: Vec<_> = (2..4)
        .map(|number| {
            let producer = producer.clone();
            tokio::spawn(async move { producer.enqueue(number, LONG).await })
        })
        .collect();
    timer::sleep(SHORT).await;
    assert_eq!(consumer.try_dequeue_batch(9, drop), 2);
    for sender in senders {
        timer::timeout(Duration::from_secs(10), sender).await.expect("woken").unwrap().unwrap();
    }
    assert_eq!(consumer.len(), 2);
}

#[tokio::test]
async fn a_wait_that_is_given_up_passes_its_wake_up_on() {
    let queue = Arc::new(MpscQueue::<u64>::new(1).unwrap());
    let mut first = Box::pin(queue.dequeue(LONG));
    let mut second = Box::pin(queue.dequeue(LONG));
    assert!(poll_once(first.as_mut()).await.is_none());
    assert!(poll_once(second.as_mut()).await.is_none());
    queue.try_enqueue(1).unwrap();
    // The first waiter was notified; it goes away without taking the message.
    drop(first);
    assert_eq!(timer::timeout(Duration::from_secs(10), second).await.expect("woken"), Ok(1));
}

async fn poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn an_enqueue_that_is_given_up_adds_nothing() {
    let queue = SpscQueue::<u64>::new(1).unwrap();
    queue.try_enqueue(1).unwrap();
    let mut waiting = Box::pin(queue.enqueue(2, LONG));
    assert!(poll_once(waiting.as_mut()).await.is_none());
    drop(waiting);
    assert_eq!([queue.try_dequeue(), queue.try_dequeue()], [Some(1), None]);
}
