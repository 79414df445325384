//! Ports whose code asks the broker back, while it is given a message and when it is dropped.

use std::sync::{Mutex, Weak, mpsc};
use std::time::Duration;

use super::*;

/// What a port does with a message.
type Deliver = dyn Fn(&K2KBroker) -> Result<(), DeliveryStatus> + Send + Sync;

struct Port {
    broker: Weak<K2KBroker>,
    deliver: Box<Deliver>,
    /// Told when the port has been dropped.
    dropped: Mutex<mpsc::Sender<()>>,
}

impl K2KPort for Port {
    fn deliver(&self, message: K2KMessage) -> Result<(), (K2KMessage, DeliveryStatus)> {
        let broker = self.broker.upgrade().expect("it is sending");
        (self.deliver)(&broker).map_err(|status| (message, status))
    }
}

impl Drop for Port {
    /// Needs every lock that the broker has, and the lane of every sender.
    fn drop(&mut self) {
        if let Some(broker) = self.broker.upgrade() {
            broker.stats();
            broker.get_receipt(&MessageId::NIL);
            drop(broker.register(id("passing")));
        }
        // Not everybody wants to know.
        let _ = self.dropped.lock().unwrap().send(());
    }
}

/// A port, and what tells when it was dropped.
fn port(
    broker: &Arc<K2KBroker>,
    deliver: impl Fn(&K2KBroker) -> Result<(), DeliveryStatus> + Send + Sync + 'static,
) -> (Arc<Port>, mpsc::Receiver<()>) {
    let (dropped, told) = mpsc::channel();
    let (broker, dropped) = (Arc::downgrade(broker), Mutex::new(dropped));
    (Arc::new(Port { broker, deliver: Box::new(deliver), dropped }), told)
}

/// Has somebody send to a port that leaves, and lets go of it by `let_go`, which must come to an end with the port dropped.
fn check(let_go: impl FnOnce(Arc<K2KBroker>, K2KEndpoint) + Send + 'static) {
    let broker = broker();
    let sender = broker.register(id("a"));
    let (port, told) = port(&broker, |_| Ok(()));
    let attachment = broker.attach(UNSPECIFIED_TENANT, AuditTag::unspecified(), id("p"), port);
    sender.try_send(&id("p"), numbered(1)).unwrap();
    drop(attachment);
    // A thread of its own, because it would stand still for ever.
    std::thread::spawn(move || let_go(broker, sender));
    told.recv_timeout(Duration::from_secs(60))
        .expect("nobody holds what a port may ask for when it is dropped");
}

#[test]
fn a_port_that_a_sender_forgets_may_ask_the_broker() {
    check(|_broker, sender| {
        sender.try_send(&id("a"), numbered(2)).unwrap();
        // Longer than the test, so that the port is not dropped with its sender.
        std::mem::forget(sender);
    });
}

#[test]
fn a_port_that_has_left_is_dropped_when_its_sender_looks_for_it() {
    check(|_broker, sender| {
        sender.try_send(&id("p"), numbered(2)).unwrap_err();
        std::mem::forget(sender);
    });
}

#[test]
fn a_port_that_a_leaving_sender_has_known_may_ask_the_broker() {
    check(|_broker, sender| drop(sender));
}

#[test]
fn a_port_that_a_moving_sender_has_known_may_ask_the_broker() {
    check(|broker, sender| {
        let moved = broker.move_kernel(sender, 7, AuditTag::unspecified()).unwrap();
        std::mem::forget(moved);
    });
}

#[test]
fn what_a_sender_has_delivered_counts_also_when_it_leaves_meanwhile() {
    let broker = broker();
    let sender = broker.register(id("a"));
    let (port, _told) = port(&broker, |broker| {
        assert!(broker.unregister(&id("a")));
        Ok(())
    });
    let _attachment = broker.attach(UNSPECIFIED_TENANT, AuditTag::unspecified(), id("p"), port);
    let receipt = sender.try_send(&id("p"), numbered(1)).unwrap();
    assert_eq!(receipt.status, DeliveryStatus::Delivered);
    assert_eq!(broker.get_receipt(&receipt.message_id), Some(receipt));
    assert_eq!(broker.stats().messages_delivered, 1);
    assert_eq!(broker.tenant_stats(UNSPECIFIED_TENANT).unwrap().messages_delivered, 1);
}

#[test]
fn what_a_port_refuses_is_on_record_also_when_its_sender_leaves_meanwhile() {
    let broker = broker();
    let sender = broker.register(id("a"));
    let (port, _told) = port(&broker, |broker| {
        assert!(broker.unregister(&id("a")));
        Err(DeliveryStatus::NotFound)
    });
    let _attachment = broker.attach(UNSPECIFIED_TENANT, AuditTag::unspecified(), id("p"), port);
    let refused = sender.try_send(&id("p"), numbered(1)).unwrap_err();
    let RefusalReason::Undelivered(receipt) = refused.reason else { panic!("{:?}", refused.reason) };
    assert_eq!(broker.get_receipt(&receipt.message_id), Some(receipt));
    assert_eq!(broker.stats().messages_delivered, 0);
}
