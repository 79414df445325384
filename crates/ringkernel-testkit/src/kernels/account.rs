//! A kernel with state: a running total.

use ringkernel::prelude::*;

/// Adds to the total, and asks for it.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Add {
    /// What to add.
    pub amount: u64,
}

/// Adds to the total without asking for it.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct AddSilently {
    /// What to add.
    pub amount: u64,
}

/// Reports this many errors.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct Report {
    /// How many.
    pub errors: u32,
}

/// Fails with this code after adding to the total.
#[derive(RingMessage, Debug, Clone, PartialEq)]
pub struct FailAfterAdding {
    /// The code.
    pub code: u32,
    /// What to add first.
    pub amount: u64,
}

/// The total.
#[derive(RingMessage, Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// Sum of all amounts.
    pub sum: u64,
    /// Number of all amounts.
    pub count: u64,
}

/// The state: a running total.
#[derive(GpuType, Debug, Clone, Copy, Default, PartialEq)]
#[repr(C)]
pub struct Account {
    /// Sum of all amounts.
    pub sum: u64,
    /// Number of all amounts.
    pub count: u64,
}

#[ring_kernel(id = "testkit.account")]
impl Account {
    #[handler]
    fn add(&mut self, _ctx: &mut RingContext, message: Add) -> Total {
        self.sum += message.amount;
        self.count += 1;
        Total { sum: self.sum, count: self.count }
    }

    #[handler]
    fn add_silently(&mut self, _ctx: &mut RingContext, message: AddSilently) {
        self.sum += message.amount;
        self.count += 1;
    }

    #[handler]
    fn report(&mut self, ctx: &mut RingContext, message: Report) -> Total {
        for _ in 0..message.errors {
            ctx.report_error();
        }
        Total { sum: self.sum, count: self.count }
    }

    #[handler]
    fn fail(&mut self, ctx: &mut RingContext, message: FailAfterAdding) {
        self.sum += message.amount;
        self.count += 1;
        ctx.fail(message.code);
    }
}
