"""The polyfill: what a spawn costs beside a bare worker, and whether a page stays responsive while threads live."""

import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from measure import HERE, ROOT, row, run

sys.path.insert(0, str(ROOT / "Tests/System"))
import browsers  # noqa: E402

THREADS, ROUNDS, SECONDS = 64, 5, 4


def settings():
    source = (HERE / "polyfill/spawn.wat").read_text()
    guests = []
    with tempfile.TemporaryDirectory() as folder:
        for name, busy in [("waiting", 0), ("computing", 1)]:
            text, binary = (pathlib.Path(folder) / f"{name}.{kind}" for kind in ["wat", "wasm"])
            text.write_text(source.replace("THREADS", str(THREADS)).replace("BUSY", str(busy)))
            run("wasm-tools", "parse", text, "-o", binary)
            guests.append([name, list(binary.read_bytes())])
    return json.dumps({"threads": THREADS, "rounds": ROUNDS, "seconds": SECONDS, "guests": guests})


def in_node(asked):
    result = subprocess.run(["node", HERE / "polyfill/measure.mjs"], input=asked, capture_output=True, text=True)
    return json.loads(result.stdout)


def in_browser(name, asked):
    # Where the page finds it: below the project's folder.
    with tempfile.NamedTemporaryFile("w", dir=ROOT / "build", suffix=".json") as file:
        file.write(asked)
        file.flush()
        query = f"settings=/build/{pathlib.Path(file.name).name}"
        return browsers.run_page(name, query, patience=600, page="Benchmarks/polyfill/page.html")


def bench_polyfill():
    asked = settings()
    print(f"\nThe polyfill: {THREADS} threads started one after the other, ms for each, fastest and median of {ROUNDS}")
    row("", "bare worker", "spawn", "ratio", "median", "median", "ratio")
    places = {"Node": ("node", in_node)}
    for browser, program in [("chromium", "chromium"), ("firefox", "firefox-esr")]:
        places[browser.capitalize()] = (program, lambda asked, name=browser: in_browser(name, asked))
    frames = {}
    for place, (program, measure) in places.items():
        if shutil.which(program) is None:
            row(place, "not installed")
            continue
        found = measure(asked)
        if "failed" in found:
            raise RuntimeError(found["failed"])
        cells = []
        for middle in [min, statistics.median]:
            worker, spawn = middle(found["worker"]), middle(found["spawn"])
            cells += [f"{worker:.2f}", f"{spawn:.2f}", f"{spawn / worker:.2f}"]
        row(place, *cells)
        frames[place] = found["frames"]
    print(f"\nThe frames of a page for {SECONDS} s while {THREADS} threads live, ms apart: longest and median; in"
          " brackets, over those of bare workers that do the same")
    for place, found in frames.items():
        bare = found["bare workers that compute"]
        for name, one in found.items():
            cells = [f"{one[part]:.0f}" + (f" ({one[part] / bare[part]:.2f})" if name == "computing" else "")
                     for part in ["longest", "median"]]
            row(f"{place}, {name}", *cells)
