//! A crate outside of the workspace builds and runs with no dependency of the project but `ringkernel`.
//!
//! The crate is copied beside the build's other temporary files together with the workspace's lock file, so that
//! nothing is downloaded that the workspace does not need itself, and nothing is written into the source tree.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");

/// The crate, ready to be built.
struct UserCrate {
    workspace: PathBuf,
    folder: PathBuf,
}

impl UserCrate {
    fn copy() -> Self {
        let workspace =
            Path::new(PACKAGE).ancestors().nth(2).expect("the package lies two folders deep").to_owned();
        let source = Path::new(PACKAGE).join("tests/out_of_tree");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("out_of_tree");
        fs::create_dir_all(folder.join("src")).expect("a folder for temporary files");

        let manifest = fs::read_to_string(source.join("Cargo.toml")).expect("the manifest");
        let here = manifest.replace("\"../..\"", &format!("{PACKAGE:?}"));
        assert_ne!(manifest, here, "the path of the dependency is made absolute");
        fs::write(folder.join("Cargo.toml"), here).expect("the copy of the manifest");
        for (from, to) in [
            (source.join("src/main.rs"), folder.join("src/main.rs")),
            (workspace.join("Cargo.lock"), folder.join("Cargo.lock")),
        ] {
            fs::copy(&from, &to).unwrap_or_else(|error| panic!("copying {}: {error}", from.display()));
        }
        Self { workspace, folder }
    }

    /// Builds and runs it; gives what it prints.
    fn run(&self, arguments: &[&str]) -> String {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            // The workspace's folder, so that its cargo configuration holds here too.
            .current_dir(&self.workspace)
            .args(["run", "--quiet", "--offline", "--manifest-path"])
            .arg(self.folder.join("Cargo.toml"))
            .args(arguments)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .output()
            .expect("cargo starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {}\n{errors}", output.status);
        String::from_utf8(output.stdout).expect("text")
    }
}

#[test]
fn a_crate_that_depends_on_ringkernel_alone_builds_and_runs() {
    let user_crate = UserCrate::copy();
    assert_eq!(user_crate.run(&[]), "walker walked 7\nwalker walked 14\n");
    // Without a backend the same program builds, and is told so when it asks for a runtime.
    let metal = if cfg!(target_vendor = "apple") {
        "the program was built without it; enable the feature `metal` of ringkernel"
    } else {
        "the Metal API exists on Apple systems only"
    };
    let expected = format!(
        "the Auto backend is not available: \
         CUDA: the program was built without it; enable the feature `cuda` of ringkernel; \
         Metal: {metal}; \
         WebGPU: the program was built without it; enable the feature `wgpu` of ringkernel; \
         CPU: the program was built without it; enable the feature `cpu` of ringkernel\n"
    );
    assert_eq!(user_crate.run(&["--no-default-features"]), expected);
}
