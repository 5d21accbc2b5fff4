//! What a program that embeds sees, with the guests of the project: WASI_THREADS_GUESTS is the folder they were built
//! in.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::time::Duration;
use wasi_threads::*;

fn guest(engine: &Engine, name: &str) -> Module {
    let folder = std::env::var("WASI_THREADS_GUESTS").expect("WASI_THREADS_GUESTS names the folder with the guests");
    Module::from_file(engine, format!("{folder}/{name}.wasm")).expect("a guest")
}

fn process(engine: &Engine, name: &str, linker: Option<&Linker>) -> Process {
    Process::new(engine, &guest(engine, name), linker, &WasiConfig::new()).expect("a process")
}

#[test]
fn exports_by_type() {
    let engine = Engine::new().unwrap();
    let reactor = process(&engine, "reactor", None);
    reactor.initialize().unwrap();
    assert_eq!(reactor.call::<_, i32>("add", (40, 2)).unwrap(), 42);
    assert_eq!(reactor.call::<_, (f64, i64)>("swap", (7i64, 0.5f64)).unwrap(), (0.5, 7));
    assert_eq!(reactor.call::<_, i32>("store_in_thread", 9).unwrap(), 9);
    assert_eq!(reactor.call_values("add", &[Value::I32(1), Value::I32(2)], 1).unwrap(), [Value::I32(3)]);
    let wrong = reactor.call::<_, i64>("add", (1, 2)).unwrap_err();
    assert_eq!(wrong.kind, ErrorKind::Type);
    assert_eq!(reactor.call::<_, ()>("missing", ()).unwrap_err().kind, ErrorKind::Export);
    let memory = reactor.memory(Some("memory")).unwrap();
    let trap = reactor.call::<_, i32>("divide", (1, 0)).unwrap_err();
    assert_eq!(trap.trap, Some(TrapCode::IntegerDivideByZero));
    assert!(!trap.frames.is_empty());
    assert!(matches!(reactor.outcome().unwrap(), Outcome::Trapped(_)));
    drop(reactor);
    // The memory outlives its process.
    assert_eq!(i32::from_le_bytes(memory.read_array(0).unwrap()), 40);
    memory.write(0, &[1, 2]).unwrap();
    assert_eq!(memory.read_array(0).unwrap(), [1, 2]);
    let length = memory.byte_length().unwrap();
    assert_eq!(memory.read_array::<4>(length - 3).unwrap_err().kind, ErrorKind::Misuse);
}

/// Exports `same`, which gives its vector to the host function `env.turn` and returns what that returns.
const VECTORS: &[u8] = b"\0asm\x01\0\0\0\x01\x06\x01\x60\x01\x7b\x01\x7b\x02\x0c\x01\x03env\x04turn\0\0\
    \x03\x02\x01\0\x07\x08\x01\x04same\0\x01\x0a\x08\x01\x06\0\x20\0\x10\0\x0b";

#[test]
fn vectors() {
    let engine = Engine::new().unwrap();
    let linker = Linker::new(&engine).unwrap();
    linker.define("env", "turn", |lanes: u128| lanes.rotate_left(32)).unwrap();
    let module = Module::new(&engine, VECTORS).unwrap();
    let process = Process::new(&engine, &module, Some(&linker), &WasiConfig::new()).unwrap();
    let lanes = 0x0f0e0d0c_0b0a0908_07060504_03020100u128;
    let turned = lanes.rotate_left(32);
    assert_eq!(process.call::<_, u128>("same", lanes).unwrap(), turned);
    assert_eq!(process.call_values("same", &[Value::V128(lanes)], 1).unwrap(), [Value::V128(turned)]);
    assert_eq!(process.call::<_, u128>("same", 1u64).unwrap_err().kind, ErrorKind::Type);
}

#[test]
fn every_limit_can_be_set() {
    for limit in [Limit::TotalTableElements, Limit::CompilationMilliseconds, Limit::CompilationBytes] {
        let config = EngineConfig::new().limit(limit, 1 << 20).unwrap();
        assert!(Engine::with_config(&config).is_ok(), "{limit:?}");
        assert_eq!(EngineConfig::new().limit(limit, 1 << 50).err().unwrap().kind, ErrorKind::Limit);
    }
}

#[test]
fn host_functions() {
    struct Token(Arc<AtomicU32>);
    impl Drop for Token {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let engine = Engine::new().unwrap();
    let module = Module::new(&engine, &doc_module()).unwrap();
    let dropped = Arc::new(AtomicU32::new(0));
    let token = Token(dropped.clone());
    let linker = Linker::new(&engine).unwrap();
    linker
        .define("env", "square", move |caller: &Caller<'_>, number: i32| {
            let _ = &token;
            match number {
                13 => panic!("thirteen"),
                0 => Err("nothing to square".to_string()),
                _ => caller.thread().map(|thread| number * number + thread as i32).map_err(|error| error.to_string()),
            }
        })
        .unwrap();
    let again = linker.define("env", "square", |number: i32| number).unwrap_err();
    assert_eq!(again.kind, ErrorKind::Misuse);
    let run = |number: i32| {
        let process = Process::new(&engine, &module, Some(&linker), &WasiConfig::new()).unwrap();
        process.call::<_, i32>("twice", number)
    };
    assert_eq!(run(3).unwrap(), 81);
    let failed = run(0).unwrap_err();
    assert_eq!(failed.trap, Some(TrapCode::HostError));
    assert!(failed.message.contains("nothing to square"), "{failed}");
    assert!(run(13).unwrap_err().message.contains("panicked"));
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    drop(linker);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn imports_of_another_type_and_missing_ones() {
    let engine = Engine::new().unwrap();
    let module = Module::new(&engine, &doc_module()).unwrap();
    let imports = module.imports().unwrap();
    assert_eq!((imports[0].module.as_deref(), imports[0].name.as_str()), (Some("env"), "square"));
    assert_eq!(imports[0].kind, ExternalKind::Function);
    let missing = Process::new(&engine, &module, None, &WasiConfig::new()).err().unwrap();
    assert_eq!(missing.kind, ErrorKind::Link);
    let linker = Linker::new(&engine).unwrap();
    linker.define("env", "square", |number: f64| number).unwrap();
    let other = Process::new(&engine, &module, Some(&linker), &WasiConfig::new()).err().unwrap();
    assert_eq!(other.kind, ErrorKind::Link);
    assert_eq!(Module::new(&engine, b"no module").err().unwrap().kind, ErrorKind::Malformed);
    assert_eq!(Module::from_file(&engine, "/nowhere").err().unwrap().kind, ErrorKind::File);
    assert_eq!(linker.define("a\0b", "c", || ()).unwrap_err().kind, ErrorKind::Misuse);
}

#[test]
fn attached_threads_run_at_the_same_time() {
    let engine = Engine::with_config(&EngineConfig::new().limit(Limit::Threads, 8).unwrap()).unwrap();
    let linker = Linker::new(&engine).unwrap();
    linker.define("env", "host", |number: i32| number).unwrap();
    let process = process(&engine, "attach", Some(&linker));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let thread = process.attach().unwrap();
                assert!(thread.id().unwrap() > 0);
                for _ in 0..1000 {
                    thread.call::<_, i32>("count", 1).unwrap();
                }
            });
        }
    });
    assert_eq!(process.call::<_, i32>("count", 0).unwrap(), 4000);
}

#[test]
fn a_program_that_never_ends_is_ended() {
    let engine = Engine::new().unwrap();
    let linker = Linker::new(&engine).unwrap();
    linker.define("env", "host", |number: i32| number).unwrap();
    let spinning = process(&engine, "attach", Some(&linker));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| spinning.call::<_, ()>("spin", ()));
        let memory = spinning.memory(None).unwrap();
        // Until it is inside.
        while i32::from_le_bytes(memory.read_array(8).unwrap()) == 0 {
            std::thread::yield_now();
        }
        spinning.end("enough").unwrap();
        let error = call.join().unwrap().unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Ended, "enough"));
    });
    assert!(matches!(spinning.outcome().unwrap(), Outcome::Ended(_)));
    let limited = process(&engine, "attach", Some(&linker));
    limited.set_time_limit(Duration::from_millis(20)).unwrap();
    assert_eq!(limited.call::<_, ()>("wait", ()).unwrap_err().kind, ErrorKind::Ended);
}

#[test]
fn captured_output() {
    let engine = Engine::new().unwrap();
    let config = WasiConfig::new().argument("hello").unwrap().capture(Stream::Stdout).unwrap();
    let process = Process::new(&engine, &guest(&engine, "hello"), None, &config).unwrap();
    assert_eq!(process.run().unwrap(), 0);
    assert!(!process.read_output(Stream::Stdout).unwrap().is_empty());
    assert!(process.read_output(Stream::Stdout).unwrap().is_empty());
    let again = process.run().unwrap_err();
    assert_eq!(again.kind, ErrorKind::Ended, "{again}");
}

/// A process of the guest `state`: its `env.danger` throws for 1, hands on what the guest throws for 2, and doubles.
fn state(engine: &Engine) -> (Process, Tag) {
    let (linker, failed) = (Linker::new(engine).unwrap(), Tag::new::<(i32, f64)>(engine, "failed").unwrap());
    linker.define_tag("env", "failed", &failed).unwrap();
    let tag = failed.clone();
    linker
        .define("env", "danger", move |caller: &Caller, number: i32| -> std::result::Result<i32, Error> {
            match number {
                1 => Err(Exception::new(&tag, (40, 2.0))?.into()),
                2 => caller.call::<_, ()>("throw", (9,)).map(|()| 0),
                _ => Ok(number * 2),
            }
        })
        .unwrap();
    (process(engine, "state", Some(&linker)), failed)
}

#[test]
fn globals_and_tables() {
    let engine = Engine::new().unwrap();
    let (process, _) = state(&engine);
    assert_eq!(process.global::<i32>("count").unwrap(), 5);
    process.set_global("count", 6).unwrap();
    assert_eq!(process.global_value("count").unwrap(), Value::I32(6));
    assert_eq!(process.global::<i64>("count").unwrap_err().kind, ErrorKind::Type);
    assert_eq!(process.set_global("count", 1.5f32).unwrap_err().kind, ErrorKind::Type);
    assert_eq!(process.set_global("ratio", 1.5f64).unwrap_err().kind, ErrorKind::Type);
    assert_eq!(process.global::<i32>("missing").unwrap_err().kind, ErrorKind::Export);
    assert_eq!(process.table_size("table").unwrap(), 3);
    let (null, double) = (process.table_element("table", 0).unwrap(), process.table_element("table", 1).unwrap());
    assert!(null.is_null() && !double.is_null());
    process.set_table_element("table", 2, double).unwrap();
    assert_eq!(process.call::<_, i32>("call_at", (2, 21)).unwrap(), 42);
    assert_eq!(process.table_element("table", 3).unwrap_err().kind, ErrorKind::Misuse);
    let (other, _) = state(&engine);
    assert_eq!(other.set_table_element("table", 0, double).unwrap_err().kind, ErrorKind::Misuse);
    let thread = process.attach().unwrap();
    assert_eq!(thread.global::<i32>("count").unwrap(), 5);
    assert!(thread.table_element("table", 2).unwrap().is_null());
    process.set_table_element("table", 2, null).unwrap();
    assert_eq!(
        process.call::<_, i32>("call_at", (2, 21)).unwrap_err().trap,
        Some(TrapCode::UninitializedElement)
    );
}

#[test]
fn exceptions() {
    let engine = Engine::new().unwrap();
    let (process, failed) = state(&engine);
    assert_eq!(process.call::<_, i32>("catch", (1,)).unwrap(), 42);
    assert_eq!(process.call::<_, i32>("catch", (5,)).unwrap(), 10);
    let own = process.tag("own").unwrap();
    assert_eq!(process.tag("failed").unwrap_err().kind, ErrorKind::Export);
    let error = process.call::<_, i32>("hand_on", (2,)).unwrap_err();
    assert_eq!(error.trap, Some(TrapCode::UncaughtException));
    let exception = error.exception.unwrap();
    assert!(exception.is(&own) && !exception.is(&failed));
    assert_eq!(exception.values::<i32>().unwrap(), 9);
    assert_eq!(exception.values::<i64>().unwrap_err().kind, ErrorKind::Type);
    assert_eq!(exception.values::<()>().unwrap_err().kind, ErrorKind::Type);
    assert_eq!(Exception::new(&failed, (1,)).unwrap_err().kind, ErrorKind::Type);
}

#[test]
fn commands_as_libraries() {
    let engine = Engine::new().unwrap();
    let linker = Linker::new(&engine).unwrap();
    linker.define("env", "back", || ()).unwrap();
    let command = process(&engine, "command", Some(&linker));
    command.memory(None).unwrap().write(0, &[1]).unwrap();
    assert_eq!(command.run_as_library().unwrap(), None);
    assert_eq!(command.call::<_, i32>("count", ()).unwrap(), 101);
    let failing = process(&engine, "command", Some(&linker));
    failing.memory(None).unwrap().write(0, &[2]).unwrap();
    assert_eq!(failing.run_as_library().unwrap(), Some(3));
    assert_eq!(failing.call::<_, i32>("count", ()).unwrap_err().kind, ErrorKind::Misuse);
}

#[test]
fn snapshots() {
    let engine = Engine::new().unwrap();
    let first = process(&engine, "reactor", None);
    first.initialize().unwrap();
    assert_eq!(first.call::<_, i32>("add", (40, 2)).unwrap(), 42);
    first.memory(None).unwrap().write(0, &[7]).unwrap();
    let snapshot = first.snapshot().unwrap();
    drop(first);
    let second = snapshot.process(None, &WasiConfig::new()).unwrap();
    drop(snapshot);
    assert_eq!(second.memory(None).unwrap().read_array(0).unwrap(), [7]);
    assert_eq!(second.call::<_, i32>("add", (1, 2)).unwrap(), 3);
    second.end("enough").unwrap();
    assert_eq!(second.snapshot().err().unwrap().kind, ErrorKind::Ended);
}
