//! Every handler and helper of this workspace that is not left to the CPU is in the device subset.

use std::path::{Path, PathBuf};

use quote::ToTokens;
use ringkernel_codegen::source::{Function, Parsed, function, method};
use syn::{Attribute, ImplItem, ImplItemFn, Item};

/// Folders with kernels, from the root of the workspace.
const FOLDERS: [&str; 4] = [
    "crates/ringkernel-testkit/src/kernels",
    "crates/ringkernel/examples",
    "crates/ringkernel-bench/benches",
    "crates/ringkernel/tests",
];

#[test]
fn kernels_that_are_not_left_to_the_cpu_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut read = 0;
    let mut mistakes = Vec::new();
    for folder in FOLDERS {
        for file in files(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let Ok(parsed) = syn::parse_file(&text) else { continue };
            for result in parsed.items.iter().flat_map(functions) {
                match result {
                    Ok(parsed) => {
                        let bytes = parsed.function.encode().unwrap();
                        assert_eq!(Function::decode(&bytes).unwrap(), parsed.function);
                        read += 1;
                    }
                    Err(error) => {
                        mistakes.extend(error.into_iter().map(|error| {
                            format!("{}:{}: {error}", file.display(), error.span().start().line)
                        }))
                    }
                }
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert!(read > 60, "only {read} functions were found");
}

/// The functions of an item that devices are to run.
fn functions(item: &Item) -> Vec<syn::Result<Parsed>> {
    match item {
        Item::Fn(item) if item.attrs.iter().any(for_devices) && item.sig.asyncness.is_none() => {
            vec![function(item)]
        }
        Item::Impl(block) if block.attrs.iter().any(for_devices) => {
            let methods = || block.items.iter().filter_map(method_of);
            // Async handlers leave their kernel to the CPU.
            if methods().any(|item| item.sig.asyncness.is_some()) {
                return Vec::new();
            }
            methods().map(|item| method(item, &block.self_ty)).collect()
        }
        Item::Mod(module) => module.content.iter().flat_map(|(_, items)| items).flat_map(functions).collect(),
        _ => Vec::new(),
    }
}

fn method_of(item: &ImplItem) -> Option<&ImplItemFn> {
    match item {
        ImplItem::Fn(item) => Some(item),
        _ => None,
    }
}

fn for_devices(attribute: &Attribute) -> bool {
    let name = attribute.path().to_token_stream().to_string();
    let arguments = attribute.meta.to_token_stream().to_string().replace(' ', "");
    (name == "ring_kernel" || name == "device_fn") && !arguments.contains("backends(cpu)")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            // What is to fail in the user interface tests is meant to.
            if path.file_name().is_some_and(|name| name != "ui") {
                found.extend(files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
