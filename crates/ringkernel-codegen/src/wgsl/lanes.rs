//! What the lanes of a block do together: barriers, votes, warp operations, block arrays, and their memory.
//!
//! Uniformity analyses (that of browsers is strict) want to see that all lanes take the same way to a barrier. So every
//! branch and loop around one goes by the result of a `workgroupUniformLoad`.

use super::functions::Writer;
use super::options::Kernels;
use super::printer::Printer;
use super::types::{holder, wrap};
use crate::ir::{ContextOp, ExprId, LocalId, Scalar, WarpOp};
use crate::print::Unsupported;

/// The length of a block array that has not been made in this handler.
const NOT_MADE: &str = "0xffffffffu";

impl Printer<'_> {
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self.options.kernels, Kernels::Scalar)
    }

    /// The condition under which a lane sends the answer.
    pub(super) fn answers_from_here(&self) -> Option<String> {
        (!self.is_scalar()).then(|| "rk_thread_id() == 0u && rk_block_id() == 0u".to_owned())
    }

    /// The lines at the start of the entry, and the handler's number as all lanes see it.
    pub(super) fn entry_start(&self) -> (String, &'static str) {
        if self.is_scalar() {
            return (String::new(), "handler");
        }
        let mut lines = "    if rk_thread_id() == 0u {\n        rk_decision = handler;\n        \
                         atomicStore(&rk_first_fault, 0u);\n    }\n    \
                         let chosen = workgroupUniformLoad(&rk_decision);\n"
            .to_owned();
        if !self.block_arrays.is_empty() {
            lines.push_str("    rk_block_used = 0u;\n");
        }
        for name in &self.block_arrays {
            lines.push_str(&format!("    {name}_len = {NOT_MADE};\n"));
        }
        (lines, "chosen")
    }

    /// The lines that send the answer of the handler that has run: that of the first lane of the grid.
    pub(super) fn send_answer(&self) -> String {
        match self.answers_from_here() {
            None => "    rk_send_answer();\n".into(),
            Some(here) => {
                format!("    rk_block_fault();\n    if {here} {{\n        rk_send_answer();\n    }}\n")
            }
        }
    }

    /// Declarations of what the text uses of the block's memory; counts its bytes.
    pub(super) fn block_declarations(&mut self, text: &str) -> String {
        let Kernels::Cooperative { block_size, shared_memory, .. } = self.options.kernels else {
            return String::new();
        };
        let words = shared_memory.div_ceil(4).max(1);
        let all = [
            ("rk_block_lanes", 0, format!("const rk_block_lanes: u32 = {block_size}u;\n")),
            ("rk_block_words", 0, format!("const rk_block_words: u32 = {}u;\n", shared_memory / 4)),
            ("rk_block_used", 0, "var<private> rk_block_used: u32;\n".to_owned()),
            ("rk_decision", 4, "var<workgroup> rk_decision: u32;\n".to_owned()),
            ("rk_first_fault", 4, "var<workgroup> rk_first_fault: atomic<u32>;\n".to_owned()),
            ("rk_fault_of_block", 16, "var<workgroup> rk_fault_of_block: vec4<u32>;\n".to_owned()),
            (
                "rk_exchange",
                block_size * 8,
                format!("var<workgroup> rk_exchange: array<vec2<u32>, {block_size}>;\n"),
            ),
            ("rk_block", words * 4, format!("var<workgroup> rk_block: array<atomic<u32>, {words}>;\n")),
        ];
        let mut declarations = String::new();
        for name in &self.block_arrays {
            declarations.push_str(&format!("var<private> {name}_at: u32;\nvar<private> {name}_len: u32;\n"));
        }
        for (name, bytes, declaration) in all {
            if super::helpers::mentions(text, name) {
                self.requirements.workgroup_bytes += bytes;
                declarations.push_str(&declaration);
            }
        }
        declarations
    }
}

impl Writer<'_, '_> {
    /// The condition that all lanes of the block go by.
    pub(super) fn vote(&mut self, condition: &str, line: u32) -> String {
        if self.printer.is_scalar() {
            return condition.to_owned();
        }
        format!("rk_vote({condition}, {}u, {line}u)", self.scope.function.file)
    }

    pub(super) fn block_faulted(&self) -> String {
        if self.printer.is_scalar() { "rk_fault != 0u".to_owned() } else { "rk_any_fault()".to_owned() }
    }

    pub(super) fn meeting(
        &mut self,
        op: &ContextOp,
        result: Option<LocalId>,
        line: u32,
    ) -> Result<(), Unsupported> {
        match op {
            // Plain cells are ordered by barriers alone, and atomic ones order nothing: there is nothing to do.
            ContextOp::FenceBlock => Ok(()),
            ContextOp::SyncThreads | ContextOp::SyncGrid | ContextOp::NamedBarrier(_) => {
                if !self.printer.is_scalar() {
                    self.line("rk_sync_threads();");
                }
                Ok(())
            }
            ContextOp::BlockArray { array, len } => self.block_array(*array, *len, line),
            ContextOp::Warp { op, value, argument, mask } => {
                self.warp(*op, [*value, *argument, *mask], result, line)
            }
            ContextOp::BlockReduce { op, value } => {
                let (scalar, text) = self.lane_value(*value)?;
                if self.printer.is_scalar() {
                    return self.value(&text, result);
                }
                let at = format!("{}u, {line}u", self.scope.function.file);
                let reduced = reduction("block", *op, scalar, &format!("{text}, {at}"));
                self.value(&reduced, result)
            }
            _ => Ok(()),
        }
    }

    fn lane_value(&mut self, value: ExprId) -> Result<(Scalar, String), Unsupported> {
        let ty = self.scope.type_of(value);
        self.printer.value_type(ty)?;
        Ok((self.printer.scalar(ty).unwrap_or(Scalar::U32), self.expression(value)?))
    }

    fn warp(
        &mut self,
        op: WarpOp,
        [value, argument, mask]: [ExprId; 3],
        result: Option<LocalId>,
        line: u32,
    ) -> Result<(), Unsupported> {
        let (scalar, value) = self.lane_value(value)?;
        let (argument, mask) = (self.expression(argument)?, self.expression(mask)?);
        if self.printer.is_scalar() {
            return self.warp_of_one(op, &value, &argument, &mask, result, line);
        }
        let at = format!("{mask}, {}u, {line}u", self.scope.function.file);
        let shuffle = |source: String| {
            from_pair(scalar, &format!("rk_warp_read({}, {source}, {at})", to_pair(scalar, &value)))
        };
        let call = match op {
            WarpOp::Sync => {
                self.line(format!("rk_warp_sync({at});"));
                return Ok(());
            }
            WarpOp::Shuffle => shuffle(format!("{argument} & 31u")),
            WarpOp::ShuffleUp => shuffle(format!("rk_lane_below({argument})")),
            WarpOp::ShuffleDown => shuffle(format!("rk_lane_above({argument})")),
            WarpOp::ShuffleXor => shuffle(format!("rk_lane_across({argument})")),
            WarpOp::Ballot => format!("rk_warp_ballot({value}, {at})"),
            WarpOp::Any => format!("rk_warp_any({value}, {at})"),
            WarpOp::All => format!("rk_warp_all({value}, {at})"),
            WarpOp::Sum | WarpOp::Min | WarpOp::Max => {
                reduction("warp", op, scalar, &format!("{value}, {at}"))
            }
        };
        match result {
            Some(_) => self.value(&call, result),
            None => {
                self.line(format!("_ = {call};"));
                Ok(())
            }
        }
    }

    /// In a block of one lane, every lane's value is the own one.
    fn warp_of_one(
        &mut self,
        op: WarpOp,
        value: &str,
        argument: &str,
        mask: &str,
        result: Option<LocalId>,
        line: u32,
    ) -> Result<(), Unsupported> {
        let source = match op {
            WarpOp::Shuffle | WarpOp::ShuffleXor => format!("({argument} & 31u)"),
            WarpOp::ShuffleDown => format!("select(0u, {argument}, {argument} < 32u)"),
            _ => "0u".to_owned(),
        };
        let file = self.scope.function.file;
        self.line(format!("rk_single_lane({source}, {mask}, {file}u, {line}u);"));
        match op {
            WarpOp::Sync => Ok(()),
            WarpOp::Ballot => self.value(&format!("select(0u, 1u, {value})"), result),
            _ => self.value(value, result),
        }
    }

    /// An array in block memory. Every lane counts the memory for itself, in the same order.
    fn block_array(&mut self, array: u32, len: ExprId, line: u32) -> Result<(), Unsupported> {
        if self.printer.is_scalar() {
            let raise = self.raise(7, "0u", line);
            self.line(raise);
            return Ok(());
        }
        let element = self.scope.function.block_arrays[array as usize].element;
        self.printer.value_type(element)?;
        let (size, name) = (self.printer.module.types.layout(element).0, self.scope.block_array(array));
        let (len, file) = (self.expression(len)?, self.scope.function.file);
        self.printer.block_arrays.insert(name.clone());
        self.open(format!("if {name}_len == {NOT_MADE} {{"));
        self.line(format!("{name}_at = rk_block_used;"));
        self.line(format!("{name}_len = rk_block_take({len}, {size}u, {file}u, {line}u);"));
        self.turn(format!("}} else if {name}_len != {len} {{"));
        let raise = self.raise(6, "0u", line);
        self.line(raise);
        self.end("}");
        Ok(())
    }
}

fn to_pair(scalar: Scalar, text: &str) -> String {
    match holder(scalar) {
        "bool" => format!("vec2<u32>(select(0u, 1u, {text}), 0u)"),
        "u32" => format!("vec2<u32>({text}, 0u)"),
        "u64" => format!("rk_pair_of({text})"),
        "i64" | "f64" => format!("rk_pair_of(bitcast<u64>({text}))"),
        _ => format!("vec2<u32>(bitcast<u32>({text}), 0u)"),
    }
}

fn from_pair(scalar: Scalar, text: &str) -> String {
    match holder(scalar) {
        "bool" => format!("({text}.x != 0u)"),
        "u32" => format!("{text}.x"),
        "u64" => format!("rk_of_pair({text})"),
        wide @ ("i64" | "f64") => format!("bitcast<{wide}>(rk_of_pair({text}))"),
        narrow => format!("bitcast<{narrow}>({text}.x)"),
    }
}

/// A reduction; narrow integers are reduced as wide ones and cut back.
fn reduction(group: &str, op: WarpOp, scalar: Scalar, arguments: &str) -> String {
    let verb = match op {
        WarpOp::Min => "min",
        WarpOp::Max => "max",
        _ => "sum",
    };
    let call = format!("rk_{group}_{verb}_{}({arguments})", holder(scalar));
    wrap(scalar, call)
}
