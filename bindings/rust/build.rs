//! Finds libwasi-threads: in `WASI_THREADS_LIB_DIR`, or by pkg-config.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=WASI_THREADS_LIB_DIR");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rustc-link-lib=dylib=wasi-threads");
    let directory = match std::env::var("WASI_THREADS_LIB_DIR") {
        Ok(directory) => Some(directory),
        Err(_) => pkg_config(),
    };
    // Without either, the linker looks where it always does.
    if let Some(directory) = directory {
        println!("cargo:rustc-link-search=native={directory}");
        println!("cargo:rustc-link-arg=-Wl,-rpath,{directory}");
        println!("cargo:libdir={directory}");
    }
}

fn pkg_config() -> Option<String> {
    let output = Command::new("pkg-config").args(["--variable=libdir", "wasi-threads"]).output().ok()?;
    let directory = String::from_utf8(output.stdout).ok()?.trim().to_string();
    (output.status.success() && !directory.is_empty()).then_some(directory)
}
