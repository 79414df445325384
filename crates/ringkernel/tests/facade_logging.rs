//! What `debug(true)` and `profiling(true)` tell a `tracing` subscriber, and that they tell nothing when off.
//!
//! Kernels run on threads of the runtime, so the subscriber is the process's own; every test looks only at what
//! names its own kernel.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once};
use std::time::Duration;

use ringkernel::availability;
use ringkernel::dispatcher::{DispatcherBuilder, RetryPolicy};
use ringkernel::k2k::K2KBuilder;
use ringkernel::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

const SOON: Duration = Duration::from_secs(10);

/// One event, or one span that was opened.
#[derive(Debug, Clone)]
struct Seen {
    is_span: bool,
    name: &'static str,
    level: Level,
    fields: BTreeMap<&'static str, String>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.into());
    }
}

static SEEN: Mutex<Vec<Seen>> = Mutex::new(Vec::new());

struct Recorder {
    next_id: AtomicU64,
}

impl Recorder {
    fn note(metadata: &'static Metadata<'static>, visit: impl FnOnce(&mut Seen)) {
        let mut seen = Seen {
            is_span: metadata.is_span(),
            name: metadata.name(),
            level: *metadata.level(),
            fields: BTreeMap::new(),
        };
        visit(&mut seen);
        SEEN.lock().expect("nobody panics while recording").push(seen);
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("ringkernel")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        Self::note(span.metadata(), |seen| span.record(seen));
        Id::from_u64(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    fn event(&self, event: &Event<'_>) {
        Self::note(event.metadata(), |seen| event.record(seen));
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn listen() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let recorder = Recorder { next_id: AtomicU64::new(1) };
        tracing::subscriber::set_global_default(recorder).expect("no other subscriber in this process");
    });
}

/// What was seen about a kernel so far.
fn seen_of(kernel: &str) -> Vec<Seen> {
    let seen = SEEN.lock().expect("nobody panics while recording");
    let about = |seen: &&Seen| seen.fields.get("kernel").is_some_and(|name| name == kernel);
    seen.iter().filter(about).cloned().collect()
}

#[derive(RingMessage)]
struct Divide {
    by: u32,
}

#[derive(RingMessage, Debug)]
struct Quotient {
    value: u32,
}

#[derive(RingMessage)]
struct Wait;

#[derive(Default)]
struct Worker;

#[ring_kernel(id = "facade.worker")]
impl Worker {
    #[handler]
    fn divide(&mut self, ctx: &mut RingContext, message: Divide) -> Quotient {
        if message.by == 0 {
            ctx.fail(42);
        }
        Quotient { value: 100 / message.by }
    }

    #[handler]
    async fn wait(&mut self, _ctx: &mut RingContext<'_>, _: Wait) -> Quotient {
        for _ in 0..3 {
            yield_once().await;
        }
        Quotient { value: 0 }
    }
}

/// Ready at the second look.
async fn yield_once() {
    let mut looked = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut looked, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

/// Lets a kernel of this id handle two messages, fault on a third, and die with a fourth.
async fn work(id: &str, debug: bool, profiling: bool) -> Result<()> {
    listen();
    let runtime =
        RingKernel::builder().backend(Backend::Cpu).debug(debug).profiling(profiling).build().await?;
    let options =
        LaunchOptions::default().with_handler("facade.worker").with_restart(RestartPolicy::limited(1, SOON));
    let kernel = runtime.launch(id, options).await?;
    assert_eq!(kernel.call::<_, Quotient>(Divide { by: 4 }, SOON).await?.value, 25);
    assert_eq!(kernel.call::<_, Quotient>(Wait, SOON).await?.value, 0);
    let fault = kernel.call::<_, Quotient>(Divide { by: 0 }, SOON).await;
    assert!(matches!(fault, Err(RingKernelError::HandlerFault { .. })));
    // The restarted kernel answers again, and what it has not taken when it ends is a dead letter.
    assert_eq!(kernel.call::<_, Quotient>(Divide { by: 5 }, SOON).await?.value, 20);
    kernel.deactivate().await?;
    kernel.send(Wait).await?;
    kernel.terminate().await
}

#[tokio::test]
async fn debug_logs_every_fault_and_dead_letter() -> Result<()> {
    work("debugged", true, false).await?;
    let seen = seen_of("debugged");
    let told: Vec<_> = seen.iter().map(|seen| (seen.level, seen.fields["message"].as_str())).collect();
    let dead_letter = |message: &str| message.contains("Divide { by: 0 }") || message.starts_with("Wait");
    assert_eq!(seen.len(), 3, "{seen:#?}");
    assert_eq!(told[0], (Level::ERROR, "a handler faulted"));
    let fault = &seen[0].fields["fault"];
    assert!(fault.contains("code 0x2a") && fault.contains("facade_logging.rs:"), "{fault}");
    let reasons: Vec<_> = seen[1..].iter().map(|seen| seen.fields["reason"].as_str()).collect();
    assert_eq!(
        reasons,
        ["the handler faulted while processing it", "its target terminated before taking it"]
    );
    for letter in &seen[1..] {
        assert_eq!(letter.level, Level::WARN);
        assert!(dead_letter(&letter.fields["envelope"]), "{letter:?}");
    }
    Ok(())
}

#[tokio::test]
async fn profiling_opens_one_span_for_each_handler_call() -> Result<()> {
    work("profiled", false, true).await?;
    let spans = seen_of("profiled");
    assert!(spans.iter().all(|span| span.is_span && span.name == "handler"), "{spans:#?}");
    let calls: Vec<_> =
        spans.iter().map(|span| (span.fields["handler"].as_str(), span.fields["message"].as_str())).collect();
    let divide = ("divide", Divide::MESSAGE_TYPE);
    // The async handler was polled four times, in one span.
    assert_eq!(calls, [divide, ("wait", Wait::MESSAGE_TYPE), divide, divide]);
    Ok(())
}

#[ring_kernel(id = "facade.divider")]
fn divider(ctx: &mut RingContext, message: Divide) -> Quotient {
    if message.by == 0 {
        ctx.fail(42);
    }
    Quotient { value: 100 / message.by }
}

#[tokio::test]
async fn profiling_opens_one_span_for_each_handler_call_on_every_backend() -> Result<()> {
    listen();
    for backend in availability::available_backends() {
        let runtime = RingKernel::builder().backend(backend).profiling(true).build().await?;
        let id = format!("profiled-on-{backend}");
        let options = LaunchOptions::default()
            .with_handler("facade.divider")
            .with_restart(RestartPolicy::limited(1, SOON));
        let kernel = runtime.launch(&id, options).await?;
        assert_eq!(kernel.call::<_, Quotient>(Divide { by: 4 }, SOON).await?.value, 25);
        kernel.call::<_, Quotient>(Divide { by: 0 }, SOON).await.expect_err("the handler faults");
        assert_eq!(kernel.call::<_, Quotient>(Divide { by: 5 }, SOON).await?.value, 20);
        runtime.shutdown().await?;
        let spans = seen_of(&id);
        assert_eq!(spans.len(), 3, "on {backend}: {spans:#?}");
        for span in spans {
            assert!(span.is_span && span.name == "handler", "{span:?}");
            assert_eq!(span.fields["handler"], "divider");
            assert_eq!(span.fields["message"], Divide::MESSAGE_TYPE);
        }
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_logged_unless_asked_for() -> Result<()> {
    work("silent", false, false).await?;
    assert!(seen_of("silent").is_empty(), "{:#?}", seen_of("silent"));
    Ok(())
}

#[derive(PersistentMessage, Debug)]
#[persistent_message(handler_id = 1)]
struct Tell {
    what: u32,
}

#[tokio::test]
async fn a_dispatcher_tells_what_it_dispatches_when_it_is_asked_to() {
    listen();
    let broker = K2KBuilder::new().build();
    let _loud = broker.register("logging.loud".into());
    let builder = DispatcherBuilder::new(broker.clone()).with_retry_policy(RetryPolicy::never());
    let loud = builder.clone().with_logging(true).build();
    let receipt = loud.dispatch("logging.loud".into(), Tell { what: 1 }).await.expect("it is delivered");
    let seen = seen_of("logging.loud");
    assert_eq!((seen.len(), seen[0].level), (1, Level::DEBUG));
    assert_eq!(seen[0].fields["id"], receipt.message_id.to_string());
    assert_eq!(seen[0].fields["status"], "Delivered");
    loud.dispatch("logging.nobody".into(), Tell { what: 2 }).await.expect_err("there is no such kernel");
    let errors_about = |kernel: &str| {
        let seen = SEEN.lock().expect("nobody panics while recording").clone();
        seen.iter()
            .filter(|seen| seen.fields.get("error").is_some_and(|error| error.contains(kernel)))
            .count()
    };
    assert_eq!(errors_about("logging.nobody"), 1);

    let _silent = broker.register("logging.silent".into());
    let silent = builder.build();
    let told = Tell { what: 3 };
    assert_eq!(told.what, 3);
    silent.dispatch("logging.silent".into(), told).await.expect("it is delivered");
    assert!(seen_of("logging.silent").is_empty());
    silent.dispatch("logging.missing".into(), Tell { what: 4 }).await.expect_err("there is no such kernel");
    assert_eq!(errors_about("logging.missing"), 0);
}
