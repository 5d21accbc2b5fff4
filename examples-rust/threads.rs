//! Runs a threaded WebAssembly program inside this Rust program, without a crate:
//!
//!     rustc --edition 2021 threads.rs $(pkg-config --libs wasi-threads) && ./threads guests/squares.wasm

mod wasi_threads;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use wasi_threads::{Engine, Kind, Linker, Module, Process, Value};

fn run(path: &str) -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new()?;
    let module = Module::new(&engine, &std::fs::read(path)?)?;

    // A function of the host: four threads of the guest call it, at the same time.
    let calls = Arc::new(AtomicU32::new(0));
    let counter = calls.clone();
    let linker = Linker::new(&engine)?;
    linker.define("env", "square", &[Kind::I32], &[Kind::I32], move |arguments| {
        counter.fetch_add(1, Ordering::Relaxed);
        match arguments {
            [Value::I32(number)] => Ok(vec![Value::I32(number * number)]),
            _ => Err("square takes one i32.".into()),
        }
    })?;

    // Returns when all threads of the guest are gone.
    let process = Process::new(&engine, &module, &linker)?;
    let status = process.run()?;
    println!("status {status}, {} calls of the host", calls.load(Ordering::Relaxed));
    let memory = process.memory("memory")?;
    drop(process);
    let mut squares = [0; 4];
    for (index, square) in squares.iter_mut().enumerate() {
        *square = u32::from_le_bytes(memory.read(64 + 4 * index as u64)?);
    }
    println!("squares {squares:?}");

    // The module once more, as a library. A trap comes with the functions that were active.
    let library = Process::new(&engine, &module, &linker)?;
    let mean = |count| library.call("mean_of_squares", &[Value::I32(6), Value::I32(8), Value::I32(count)]);
    println!("mean {:?}", mean(2)?);
    if let Err(error) = mean(0) {
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
