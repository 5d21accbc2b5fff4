"""Large programs that people have, built from Debian's sources as guests with threads and natively, and compared:
`make test-large`. What they give is the same byte for byte; what they take is printed, as a ratio."""

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
THREADS, ROUNDS, MEBIBYTES = 4, 3, 12
# More than anything here takes on a busy machine.
PATIENCE = 1800

# As scripts/guests has it.
GUEST = [
    "--target=wasm32-wasi", "-Wno-deprecated", "-O2", "-matomics", "-mbulk-memory", "-mmutable-globals",
    "-Wl,--import-memory,--export-memory,--shared-memory,--max-memory=1073741824", "-Wl,--no-check-features",
    "-Wl,--strip-debug", "-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free",
    "-Wl,--wrap=__stdio_exit,--wrap=__funcs_on_exit", f"-I{HERE}", f"-I{OVERLAY}", HERE / "pthread.c",
    OVERLAY / "threads.c", OVERLAY / "threads.S",
]

LZMA = ["LZMA1", "LZMA2"]
PROGRAMS = {
    "zstd": {
        "source": "libz/libzstd/libzstd_1.5.4+dfsg2.orig.tar.xz",
        "sha256": "8cf4bbb65e77ec348d052c8d6230eba66d435bddf64c8b5be2fcb16880c19953",
        "folder": "zstd-1.5.4/lib",
        "files": ["common/*.c", "compress/*.c", "decompress/*.c"],
        "includes": ["."],
        "flags": ["-DZSTD_MULTITHREAD", "-DZSTD_DISABLE_ASM", "-DXXH_NAMESPACE=ZSTD_"],
    },
    "xz": {
        "source": "x/xz-utils/xz-utils_5.4.1.orig.tar.xz",
        "sha256": "5d9827aa1875b21c288f78864bb26d2650b436ea8d2cad364e4921eb6266a5a5",
        "folder": "xz-5.4.1/src",
        "files": [
            "liblzma/common/*.c", "liblzma/lz/*.c", "liblzma/lzma/*.c", "liblzma/rangecoder/*.c",
            "liblzma/check/check.c", "liblzma/check/crc*_table.c", "liblzma/check/crc*_fast.c",
            "liblzma/check/sha256.c", "common/tuklib_cpucores.c", "common/tuklib_physmem.c",
        ],
        "includes": [
            "common", *(f"liblzma/{name}" for name in [
                "api", "common", "check", "lz", "rangecoder", "lzma", "delta", "simple"])],
        "flags": [
            "-std=gnu11", "-DMYTHREAD_POSIX=1", "-DHAVE_CLOCK_GETTIME=1", "-DHAVE_STDBOOL_H=1", "-DHAVE_STDINT_H=1",
            "-DHAVE_INTTYPES_H=1", "-DHAVE_STRING_H=1", "-DHAVE_LIMITS_H=1", "-DHAVE_ENCODERS=1", "-DHAVE_DECODERS=1",
            *(f"-DHAVE_{side}_{name}=1" for side in ["ENCODER", "DECODER"] for name in LZMA),
            *(f"-DHAVE_CHECK_{name}=1" for name in ["CRC32", "CRC64", "SHA256"]),
            *(f"-DHAVE_MF_{name}=1" for name in ["HC3", "HC4", "BT2", "BT3", "BT4"]),
            "-DTUKLIB_SYMBOL_PREFIX=lzma_", "-D_GNU_SOURCE", "-w",
        ],
    },
}


def fetch(program):
    """The folder with a program's sources, whose archive is the one that was looked at when this was written."""
    archive = LARGE / pathlib.Path(program["source"]).name
    if not archive.exists():
        LARGE.mkdir(parents=True, exist_ok=True)
        part = archive.with_suffix(".part")
        try:
            with urllib.request.urlopen(f"{POOL}/{program['source']}", timeout=60) as response:
                with open(part, "wb") as file:
                    shutil.copyfileobj(response, file)
        except OSError as error:
            raise unittest.SkipTest(f"{program['source']} cannot be fetched: {error}") from None
        part.rename(archive)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != program["sha256"]:
        raise AssertionError(f"{archive} has the SHA-256 {found}: not what was expected; remove it and try again")
    folder = LARGE / program["folder"]
    if not folder.exists():
        with tarfile.open(archive) as opened:
            opened.extractall(LARGE, filter="data")
    return folder


def build(name, program):
    """The program as a guest, compiled ahead of time, and as a native program."""
    folder = fetch(program)
    sources = [path for pattern in program["files"] for path in sorted(folder.glob(pattern))
               if "tablegen" not in path.name]
    words = [*program["flags"], *(f"-I{folder / part}" for part in program["includes"]), HERE / f"{name}.c", *sources]
    made = {"guest": LARGE / f"{name}.wasm", "native": LARGE / f"{name}-native"}
    sources += [HERE / part for part in [f"{name}.c", "compressor.h", "pthread.c", "pthread.h", "test_large.py"]]
    commands = {
        "guest": [need("clang-22"), *GUEST, *words], "native": [need("clang-22"), "-O2", "-pthread", *words]}
    for kind, command in commands.items():
        if not made[kind].exists() or any(path.stat().st_mtime > made[kind].stat().st_mtime for path in sources):
            subprocess.run([*command, "-o", made[kind]], check=True, timeout=PATIENCE)
    code = made["guest"].with_suffix(".cwasm")
    subprocess.run([COMMAND, "compile", made["guest"], "-o", code], check=True, timeout=PATIENCE)
    return made["native"], code


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


class Compressors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = text()

    def run_one(self, command, action, given, threads):
        start = time.perf_counter()
        result = subprocess.run(
            [*command, action, str(threads)], input=given, capture_output=True, timeout=PATIENCE)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout, time.perf_counter() - start

    def compare(self, name):
        if not pathlib.Path("/usr/lib/wasm32-wasi/libc.a").exists():
            self.skipTest("wasi-libc is not installed")
        native, guest = build(name, PROGRAMS[name])
        commands = {"native": [native], "guest": [COMMAND, "run", guest]}
        for threads in [1, THREADS]:
            taken = {kind: [] for kind in commands}
            for _ in range(ROUNDS):
                made = {}
                for kind, command in commands.items():
                    made[kind], seconds = self.run_one(command, "compress", self.text, threads)
                    taken[kind].append(seconds)
                self.assertEqual(made["guest"], made["native"])
            self.assertLess(len(made["guest"]), len(self.text) // 2)
            ours, theirs = min(taken["guest"]), min(taken["native"])
            ratio = ours / theirs
            print(f"{name}, threads: {threads}, native: {theirs:.2f} s, guest: {ratio:.2f} times that", flush=True)
        for command in commands.values():
            self.assertEqual(self.run_one(command, "decompress", made["guest"], THREADS)[0], self.text)

    def test_zstd(self):
        self.compare("zstd")

    def test_xz(self):
        self.compare("xz")


if __name__ == "__main__":
    unittest.main()
