"""Large programs that people have, built from Debian's sources as guests with threads and natively, and compared:
`make test-large`. A ray tracer of our own is among them, on C++'s threads. What they give is the same byte for byte;
what they take is printed, as a ratio."""

import hashlib
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import time
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "System"))
from support import BUILD, COMMAND, ROOT, need  # noqa: E402

LARGE = BUILD / "large"
POOL = "http://deb.debian.org/debian/pool/main"
OVERLAY = ROOT / "Tests/Guests/overlay"
LIBCXX = pathlib.Path("/usr/lib/llvm-22/include/wasm32-wasi/c++/v1")
THREADS, ROUNDS, MEBIBYTES = 4, 3, 12
# More than anything here takes on a busy machine.
PATIENCE = 1800

# As scripts/guests has it.
GUEST = [
    "--target=wasm32-wasi", "-Wno-deprecated", "-O2", "-matomics", "-mbulk-memory", "-mmutable-globals",
    "-Wl,--import-memory,--export-memory,--shared-memory,--max-memory=1073741824", "-Wl,--no-check-features",
    "-Wl,--strip-debug", "-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free",
    "-Wl,--wrap=__stdio_exit,--wrap=__funcs_on_exit", f"-I{HERE}", f"-I{OVERLAY}",
]
THREADING = ["-x", "c", HERE / "pthread.c", OVERLAY / "threads.c", "-x", "none", OVERLAY / "threads.S"]
NATIVE = ["-O2", "-pthread"]

# By name, the archive in Debian's pool, its SHA-256, and the folder in it that counts.
SOURCES = {
    "zstd": ("libz/libzstd/libzstd_1.5.4+dfsg2.orig.tar.xz",
             "8cf4bbb65e77ec348d052c8d6230eba66d435bddf64c8b5be2fcb16880c19953", "zstd-1.5.4/lib"),
    "xz": ("x/xz-utils/xz-utils_5.4.1.orig.tar.xz",
           "5d9827aa1875b21c288f78864bb26d2650b436ea8d2cad364e4921eb6266a5a5", "xz-5.4.1/src"),
    "pigz": ("p/pigz/pigz_2.8.orig.tar.xz",
             "bec34f9d61e28b9b069da9efd53e73d22cd207a4798ed664832dc9b17aa486aa", "pigz-2.8"),
    "zlib": ("z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2",
             "71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1", "zlib-1.2.13.dfsg"),
    "sqlite": ("s/sqlite3/sqlite3_3.40.1.orig.tar.xz",
               "aaa776260ab4dc976db34aa7891819484c8676b5b2783123ebc6301e2ca5d655", "sqlite3-3.40.1"),
}

LZMA = ["LZMA1", "LZMA2"]
# What a program is made of: files of this folder and of sources, folders to include, and flags of both compilers, or
# of one. Left out is what neither Debian's wasi-libc nor its libc++ for WASI has: in pigz the handling of errors by
# setjmp, of SIGINT and of owners of files, and zopfli; in SQLite files (its databases are in memory) and the threads
# of its sorter, which are there on Unix only; in C++ exceptions.
PROGRAMS = {
    "zstd": {
        "own": ["zstd.c"],
        "files": {"zstd": ["common/*.c", "compress/*.c", "decompress/*.c"]},
        "includes": {"zstd": ["."]},
        "flags": ["-DZSTD_MULTITHREAD", "-DZSTD_DISABLE_ASM", "-DXXH_NAMESPACE=ZSTD_"],
    },
    "xz": {
        "own": ["xz.c"],
        "files": {"xz": [
            "liblzma/common/*.c", "liblzma/lz/*.c", "liblzma/lzma/*.c", "liblzma/rangecoder/*.c",
            "liblzma/check/check.c", "liblzma/check/crc*_table.c", "liblzma/check/crc*_fast.c",
            "liblzma/check/sha256.c", "common/tuklib_cpucores.c", "common/tuklib_physmem.c",
        ]},
        "includes": {"xz": [
            "common", *(f"liblzma/{name}" for name in [
                "api", "common", "check", "lz", "rangecoder", "lzma", "delta", "simple"])]},
        "flags": [
            "-std=gnu11", "-DMYTHREAD_POSIX=1", "-DHAVE_CLOCK_GETTIME=1", "-DHAVE_STDBOOL_H=1", "-DHAVE_STDINT_H=1",
            "-DHAVE_INTTYPES_H=1", "-DHAVE_STRING_H=1", "-DHAVE_LIMITS_H=1", "-DHAVE_ENCODERS=1", "-DHAVE_DECODERS=1",
            *(f"-DHAVE_{side}_{name}=1" for side in ["ENCODER", "DECODER"] for name in LZMA),
            *(f"-DHAVE_CHECK_{name}=1" for name in ["CRC32", "CRC64", "SHA256"]),
            *(f"-DHAVE_MF_{name}=1" for name in ["HC3", "HC4", "BT2", "BT3", "BT4"]),
            "-DTUKLIB_SYMBOL_PREFIX=lzma_", "-D_GNU_SOURCE", "-w",
        ],
    },
    "pigz": {
        "files": {
            "pigz": ["pigz.c", "yarn.c", "try.c"],
            "zlib": ["adler32.c", "crc32.c", "deflate.c", "inf*.c", "trees.c", "zutil.c"],
        },
        "includes": {"zlib": ["."]},
        "flags": ["-DNOZOPFLI", "-w"],
        "guest": ["-Dchmod(path,mode)=0", "-Dchown(path,owner,group)=0"],
        "native": ["-lm"],
    },
    "sqlite": {
        "own": ["sqlite.c"],
        # Its build makes one file of all; it wants a Tcl.
        "prepare": ("sqlite", ["./configure", "--disable-readline"], ["make", "sqlite3.c"], "sqlite3.c"),
        "files": {"sqlite": ["sqlite3.c"]},
        "includes": {"sqlite": ["."]},
        "flags": ["-DSQLITE_THREADSAFE=1", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_TEMP_STORE=3"],
        "guest": ["-DSQLITE_OS_OTHER=1"],
        "native": ["-lm"],
    },
    "rays": {
        "own": ["rays.cpp"],
        "files": {},
        "includes": {},
        # Without it native code may round once where WebAssembly does twice.
        "flags": ["-ffp-contract=off"],
        "compiler": "clang++-22",
        "guest": ["-fno-exceptions", "-nostdinc++", "-cxx-isystem", HERE / "c++", "-cxx-isystem", LIBCXX,
                  HERE / "threads.cpp"],
    },
}


def fetch(name):
    """The folder with the sources of that name, whose archive is the one that was looked at when this was written."""
    path, expected, folder = SOURCES[name]
    archive = LARGE / pathlib.Path(path).name
    if not archive.exists():
        LARGE.mkdir(parents=True, exist_ok=True)
        part = archive.with_suffix(".part")
        try:
            with urllib.request.urlopen(f"{POOL}/{path}", timeout=60) as response:
                with open(part, "wb") as file:
                    shutil.copyfileobj(response, file)
        except OSError as error:
            raise unittest.SkipTest(f"{path} cannot be fetched: {error}") from None
        part.rename(archive)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != expected:
        raise AssertionError(f"{archive} has the SHA-256 {found}: not what was expected; remove it and try again")
    if not (LARGE / folder).exists():
        with tarfile.open(archive) as opened:
            opened.extractall(LARGE, filter="data")
    return LARGE / folder


def prepare(name, *steps):
    """Has the sources' own build make a file of them."""
    folder = fetch(name)
    *commands, result = steps
    if not (folder / result).exists():
        need("tclsh")
        for command in commands:
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)


def build(name):
    """The program as a guest, compiled ahead of time, and as a native program."""
    program = PROGRAMS[name]
    if "prepare" in program:
        prepare(*program["prepare"])
    files = [HERE / own for own in program.get("own", [])] + [
        path for source, patterns in program["files"].items() for pattern in patterns
        for path in sorted(fetch(source).glob(pattern)) if "tablegen" not in path.name]
    words = [*program["flags"], *files,
             *(f"-I{fetch(source) / part}" for source, parts in program["includes"].items() for part in parts)]
    compiler = need(program.get("compiler", "clang-22"))
    made = {"guest": LARGE / f"{name}.wasm", "native": LARGE / f"{name}-native"}
    commands = {
        "guest": [compiler, *GUEST, *words, *program.get("guest", []), *THREADING],
        "native": [compiler, *NATIVE, *words, *program.get("native", [])]}
    newest = max(path.stat().st_mtime for path in [*HERE.rglob("*"), *files])
    for kind, command in commands.items():
        if not made[kind].exists() or newest > made[kind].stat().st_mtime:
            subprocess.run([*command, "-o", made[kind]], check=True, timeout=PATIENCE)
    code = made["guest"].with_suffix(".cwasm")
    subprocess.run([COMMAND, "compile", made["guest"], "-o", code], check=True, timeout=PATIENCE)
    return {"native": [made["native"]], "guest": [COMMAND, "run", code]}


def text():
    """Words in an order that is no order, with some of the repetition that a compressor looks for."""
    chosen = random.Random(1)
    words = ["".join(chosen.choices("etaoinshrdlu", k=chosen.randint(2, 9))).encode() for _ in range(4000)]
    found = bytearray()
    while len(found) < MEBIBYTES << 20:
        found += b" ".join(chosen.choices(words, k=2000)) + b"\n"
        if chosen.random() < 0.3:
            start = chosen.randrange(len(found))
            found += found[start:start + 50000]
    return bytes(found)


class Large(unittest.TestCase):
    """What a program writes is the same byte for byte, with one thread and with several."""

    def setUp(self):
        if not pathlib.Path("/usr/lib/wasm32-wasi/libc.a").exists():
            self.skipTest("wasi-libc is not installed")

    def run_one(self, command, words, given=b""):
        start = time.perf_counter()
        result = subprocess.run([*command, *words], input=given, capture_output=True, timeout=PATIENCE)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout, time.perf_counter() - start

    def compare(self, name, words, given=b""):
        """Runs both with the words that `words` gives for a number of threads; gives the commands and the result."""
        commands = build(name)
        for threads in [1, THREADS]:
            taken = {kind: [] for kind in commands}
            for _ in range(ROUNDS):
                made = {}
                for kind, command in commands.items():
                    made[kind], seconds = self.run_one(command, words(str(threads)), given)
                    taken[kind].append(seconds)
                self.assertEqual(made["guest"], made["native"])
            ours, theirs = min(taken["guest"]), min(taken["native"])
            ratio = ours / theirs
            print(f"{name}, threads: {threads}, native: {theirs:.2f} s, guest: {ratio:.2f} times that", flush=True)
        return commands, made["native"]

    def compress(self, name, words, back):
        given = text()
        commands, made = self.compare(name, words, given)
        self.assertLess(len(made), len(given) // 2)
        for command in commands.values():
            self.assertEqual(self.run_one(command, back, made)[0], given)

    def test_zstd(self):
        self.compress("zstd", lambda threads: ["compress", threads], ["decompress", str(THREADS)])

    def test_xz(self):
        self.compress("xz", lambda threads: ["compress", threads], ["decompress", str(THREADS)])

    def test_pigz(self):
        # With one thread it does without, and makes other blocks.
        self.compress("pigz", lambda threads: ["--no-name", "--stdout", "--processes", threads],
                      ["--decompress", "--stdout"])

    def test_sqlite(self):
        _, found = self.compare("sqlite", lambda threads: [threads])
        self.assertEqual(found.decode().splitlines()[0], "threadsafe 1")

    def test_rays(self):
        if not LIBCXX.exists():
            self.skipTest("libc++-22-dev-wasm32 is not installed")
        _, picture = self.compare("rays", lambda threads: [threads])
        self.assertEqual(picture[:15], b"P6 640 480 255\n")
        self.assertGreater(len(set(picture)), 100)


if __name__ == "__main__":
    unittest.main()
