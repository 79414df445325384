//! The part of device programs that is the same for all kernels.
//!
//! - `layout`: where everything lies, for Rust and WGSL
//! - `context.wgsl`: what a handler reaches
//! - `mail.wgsl`: messages between kernels; `alone.wgsl`: none
//! - `tick.wgsl`: one turn of all actors
//! - `block.wgsl`: the lanes of a cooperative handler
//!
//! The generated text of the handlers stands behind it; `ringkernel_codegen`'s `wgsl/README.md` says what each side gives.

pub(crate) mod layout;

const CONTEXT: &str = include_str!("context.wgsl");
const MAIL: &str = include_str!("mail.wgsl");
const ALONE: &str = include_str!("alone.wgsl");
const TICK: &str = include_str!("tick.wgsl");
const BLOCK: &str = include_str!("block.wgsl");

/// The entry point of the turn of all actors.
pub(crate) const TICK_ENTRY: &str = "rk_tick_actors";

/// The entry point of the lanes of one cooperative kernel.
pub(crate) const BLOCK_ENTRY: &str = "rk_run_block";

/// Whether kernels can reach each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mail {
    /// None of them was launched to.
    Alone,
    /// Some can.
    Between,
}

impl Mail {
    fn text(self) -> &'static str {
        match self {
            Self::Alone => ALONE,
            Self::Between => MAIL,
        }
    }
}

/// The program in which all scalar handlers run, and all queues are served.
pub(crate) fn tick(handlers: &str, mail: Mail) -> String {
    [&layout::wgsl(), CONTEXT, mail.text(), TICK, handlers].join("\n")
}

/// The program in which the lanes of one cooperative kernel run.
pub(crate) fn block(handlers: &str, block_size: u32, mail: Mail) -> String {
    let size = format!("const RK_BLOCK_SIZE: u32 = {block_size}u;");
    [&layout::wgsl(), &size, CONTEXT, mail.text(), BLOCK, handlers].join("\n")
}

#[cfg(test)]
mod tests {
    use crate::device::{Access, Adapters, ApiSet, Device, Layout, ProgramText};

    /// The words that generated text has for handlers that do nothing.
    const NOTHING: &str = "fn rk_run_handler(handler: u32) {}\nfn rk_block_fault() {}\n\
        fn rk_handler_of(kernel: u32, message: u32, id: u32) -> u32 { return 0u; }\n\
        fn rk_handler_id(message: u32) -> u32 { return 0u; }\n";

    #[test]
    fn the_texts_are_programs() {
        let adapters = match Adapters::find(ApiSet::Any) {
            Ok(adapters) => adapters,
            Err(error) => return ringkernel_testkit::gate::skip("wgpu", &error),
        };
        let device = Device::open(&adapters.usable()[0]).expect("the device opens");
        let access =
            [Access::Read, Access::ReadWrite, Access::ReadWrite, Access::ReadWrite, Access::ReadWrite];
        let layout = Layout::new(&device, &access, 0).expect("a layout");
        let texts = [super::Mail::Alone, super::Mail::Between].into_iter().flat_map(|mail| {
            [
                (super::tick(NOTHING, mail), super::TICK_ENTRY),
                (super::block(NOTHING, 33, mail), super::BLOCK_ENTRY),
            ]
        });
        for (text, entry) in texts {
            let program = ProgramText { name: entry, wgsl: &text, entry, constants: &[] };
            if let Err(error) = layout.compile(program) {
                panic!("{error}");
            }
        }
    }
}
