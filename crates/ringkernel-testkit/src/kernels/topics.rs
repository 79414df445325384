//! Kernels that publish, and kernels that are subscribed.

use ringkernel::prelude::*;

/// The topic that has no level below.
pub const NEWS: &str = "news";

/// Has news published, one for each number, in turn to `news/sports`, `news/weather` and `news` where it says so.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct PublishNews {
    /// The first number.
    pub first: u64,
    /// How many.
    pub count: u32,
    /// The number of the topic, from 0; 3 for all in turn.
    pub topic: u32,
}

/// Has a rumour published to `news/sports`.
#[derive(RingMessage, Debug, Clone, Copy)]
pub struct PublishRumour {
    /// Tells it from others.
    pub number: u64,
}

/// What became of what was to be published.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Accepted.
    pub accepted: u32,
    /// Handed back, unchanged.
    pub refused: u32,
    /// The number of the last reason; 0 for none.
    pub reason: u32,
}

/// What is published.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// Tells it from others.
    pub number: u64,
}

/// What is published, and nobody handles.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rumour {
    /// Tells it from others.
    pub number: u64,
}

/// What a subscriber has heard.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// The number of the news.
    pub number: u64,
    /// How many it has heard since it started, this included.
    pub count: u64,
}

/// The state of the publisher: none.
#[derive(Debug, Default)]
pub struct Publisher;

#[ring_kernel(id = "testkit.publisher")]
impl Publisher {
    #[handler]
    fn news(&mut self, ctx: &mut RingContext, message: PublishNews) -> Published {
        let mut published = Published { accepted: 0, refused: 0, reason: 0 };
        for index in 0..message.count {
            let number = message.first + u64::from(index);
            let topic = if message.topic == 3 { index % 3 } else { message.topic };
            let outcome = if topic == 0 {
                ctx.try_publish("news/sports", News { number })
            } else if topic == 1 {
                ctx.try_publish("news/weather", News { number })
            } else {
                ctx.try_publish(NEWS, News { number })
            };
            match outcome {
                Ok(()) => published.accepted += 1,
                Err(refused) => {
                    assert_eq!(refused.message.number, number);
                    published.refused += 1;
                    published.reason = refused.reason as u32;
                }
            }
        }
        published
    }

    #[handler]
    fn rumour(&mut self, ctx: &mut RingContext, message: PublishRumour) -> Published {
        let accepted = ctx.publish("news/sports", Rumour { number: message.number });
        Published { accepted: u32::from(accepted), refused: u32::from(!accepted), reason: 0 }
    }
}

/// The state of a subscriber.
#[derive(Debug, Clone, Copy, Default, DeviceState)]
pub struct Reader {
    count: u64,
}

#[device_fn]
impl Reader {
    fn hear(&mut self, news: News) -> Heard {
        assert_ne!(news.number, UNHEARD_OF);
        self.count += 1;
        Heard { number: news.number, count: self.count }
    }
}

/// The number of the news at which every subscriber faults.
pub const UNHEARD_OF: u64 = 1_313;

#[ring_kernel(id = "testkit.reader.sports", subscribes = "news/sports")]
fn sports(_ctx: &mut RingContext, reader: &mut Reader, news: News) -> Heard {
    reader.hear(news)
}

#[ring_kernel(id = "testkit.reader.sections", subscribes = "news/*")]
fn sections(_ctx: &mut RingContext, reader: &mut Reader, news: News) -> Heard {
    reader.hear(news)
}

#[ring_kernel(id = "testkit.reader.all", subscribes = "news/#, news/sports, *")]
fn all(_ctx: &mut RingContext, reader: &mut Reader, news: News) -> Heard {
    reader.hear(news)
}
