//! Runs a threaded WebAssembly program inside this Rust program:
//!
//!     cargo run -- guests/squares.wasm

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use wasi_threads::{Engine, Linker, Module, Process, WasiConfig};

fn run(path: &str) -> wasi_threads::Result<()> {
    let engine = Engine::new()?;
    let module = Module::from_file(&engine, path)?;

    // A function of the host: four threads of the guest call it, at the same time.
    let calls = Arc::new(AtomicU32::new(0));
    let counter = calls.clone();
    let linker = Linker::new(&engine)?;
    linker.define("env", "square", move |number: i32| {
        counter.fetch_add(1, Ordering::Relaxed);
        number * number
    })?;

    // Returns when all threads of the guest are gone.
    let config = WasiConfig::new();
    let process = Process::new(&engine, &module, Some(&linker), &config)?;
    let status = process.run()?;
    println!("status {status}, {} calls of the host", calls.load(Ordering::Relaxed));
    let memory = process.memory(Some("memory"))?;
    drop(process);
    let mut squares = [0; 4];
    for (index, square) in squares.iter_mut().enumerate() {
        *square = u32::from_le_bytes(memory.read_array(64 + 4 * index as u64)?);
    }
    println!("squares {squares:?}");

    // The module once more, as a library. A trap comes with the functions that were active.
    let library = Process::new(&engine, &module, Some(&linker), &config)?;
    println!("mean {}", library.call::<_, i32>("mean_of_squares", (6, 8, 2))?);
    if let Err(error) = library.call::<_, i32>("mean_of_squares", (6, 8, 0)) {
        println!("{error}");
    }
    Ok(())
}

fn main() {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: threads MODULE (libwasi-threads {})", wasi_threads::version());
        std::process::exit(2);
    };
    if let Err(error) = run(&path) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
