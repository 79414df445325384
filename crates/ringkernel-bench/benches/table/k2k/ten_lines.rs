//! The broker that a user would write: a map of channels behind a lock.

use std::collections::HashMap;
use std::sync::RwLock;

use ringkernel::prelude::*;
use tokio::sync::mpsc;

/// Who is who. It knows no tenants, priorities, deadlines, receipts, clocks or figures.
#[derive(Default)]
pub(super) struct TenLines(RwLock<HashMap<String, mpsc::Sender<MessageEnvelope>>>);

impl TenLines {
    pub(super) fn register(&self, name: &str, capacity: usize) -> mpsc::Receiver<MessageEnvelope> {
        let (sender, receiver) = mpsc::channel(capacity);
        self.0.write().expect("no panic").insert(name.to_owned(), sender);
        receiver
    }

    pub(super) async fn send(&self, to: &str, envelope: MessageEnvelope) -> bool {
        let inbox = self.0.read().expect("no panic").get(to).cloned();
        match inbox {
            Some(inbox) => inbox.send(envelope).await.is_ok(),
            None => false,
        }
    }
}
