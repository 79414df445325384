//! A program outside of the workspace: every macro works with `ringkernel` as the only dependency of the project.
#![deny(warnings)]

use std::time::Duration;

use ringkernel::prelude::*;

#[derive(GpuType, Clone, Copy)]
#[repr(C)]
struct Point {
    x: i32,
    y: i32,
}

#[derive(RingMessage)]
struct Visit {
    #[message(id)]
    id: Uuid,
    #[message(priority = "priority::HIGH")]
    priority: u8,
    #[message(correlation)]
    correlation: Option<Uuid>,
    place: Point,
}

#[derive(RingMessage)]
#[message(domain = "Simulation")]
struct Distance {
    walked: u32,
    names: Vec<String>,
}

#[derive(Default)]
struct Walker {
    at: Option<Point>,
    walked: u32,
}

#[ring_kernel(id = "walker", backends(cpu))]
impl Walker {
    #[handler]
    fn visit(&mut self, ctx: &mut RingContext, visit: Visit) -> Distance {
        let from = self.at.replace(visit.place).unwrap_or(Point { x: 0, y: 0 });
        self.walked += from.x.abs_diff(visit.place.x) + from.y.abs_diff(visit.place.y);
        Distance {
            walked: self.walked,
            names: vec![ctx.kernel_id().to_string()],
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let runtime = match RingKernel::builder().build().await {
        Ok(runtime) => runtime,
        Err(error) => {
            println!("{error}");
            return Ok(());
        }
    };
    let kernel = runtime.launch("walker", LaunchOptions::default()).await?;
    for (x, y) in [(3, 4), (0, 0)] {
        let visit = Visit {
            id: Uuid::nil(),
            priority: 0,
            correlation: None,
            place: Point { x, y },
        };
        let distance: Distance = kernel.call(visit, Duration::from_secs(10)).await?;
        println!("{} walked {}", distance.names[0], distance.walked);
    }
    runtime.shutdown().await
}
