"""What a long history costs: 20,000 ended runs and one of 10,000,000 reports; see large_database.py.

usage: history.py BIN [FOLDER]. FOLDER: a state folder that large_database.py wrote; else it writes one, which
takes some minutes and 4 GB below $TMPDIR. Starts a daemon of its own.
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import large_database
from figures import emit, json_of

BIN = sys.argv[1]
NEEDED_BYTES = 6 << 30
IMPORT_BYTES = 63 << 20  # as text; the daemon takes 64 MiB
IMPORTED_REPORTS = 20_000
TICKING_SECONDS = 20


def seconds_of(*words):
    begin = time.monotonic()
    subprocess.run([f"{BIN}/powerdown", *words], stdout=subprocess.DEVNULL, check=True, timeout=900)
    return time.monotonic() - begin


def start(folder):
    begin = time.monotonic()
    daemon = subprocess.Popen(
        [f"{BIN}/powerdownd", "--state-dir", folder, "--recorded-dir", large_database.RECORDED],
        stdout=subprocess.PIPE, text=True)
    daemon.stdout.readline()
    return daemon, time.monotonic() - begin


def stop(daemon):
    daemon.terminate()
    daemon.wait(60)


def memory_of(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def await_summaries(folder):
    """The daemon summarises runs of an older version in the background: the cost of an update, told apart."""
    begin = time.monotonic()
    database = sqlite3.connect(f"file:{folder}/powerdown.db?mode=ro", uri=True)
    while database.execute("SELECT count(*) FROM run_summaries WHERE made_with = ''").fetchone()[0] > 0:
        time.sleep(0.5)
    database.close()
    return time.monotonic() - begin


def tell(name, seconds, goal, what):
    emit(name, seconds, "s", what, f"< {goal:g}", seconds < goal)


def write_import(path):
    """A bundle as long as an import may be, of runs of 20,000 reports; returns how many."""
    with open(path, "w", encoding="utf-8") as file:
        for number in range(1_000):
            run = {"run_id": large_database.id_of((0x019F << 112) + number, 26), "name": "imported", "state": "finished",
                   "steps": IMPORTED_REPORTS, "max_steps": IMPORTED_REPORTS, "created_at": "2026-11-01T00:00:00Z"}
            file.write(json.dumps({"bundle": 1, "run": run, "ledger": []}) + "\n")
            for step in range(1, IMPORTED_REPORTS + 1):
                file.write(json.dumps({
                    "attempt": 1, "step": step, "time": f"2026-11-01T{step // 3600:02}:{step // 60 % 60:02}:{step % 60:02}Z",
                    "train_loss": 3.0 / step, "train_accuracy": 1.0, "validation_loss": 4.0 / step,
                    "validation_accuracy": 0.5, "gradient_norm": 1.0 + 1 / step, "weight_norm": 30.0 + step / 7,
                    "activation_sparsity": 0.5, "power_watts": 20.0, "energy_joules": step * 0.02}) + "\n")
            if file.tell() * (number + 2) / (number + 1) > IMPORT_BYTES:
                return number + 1
    return 1_000


def import_beside(folder, long_run, address):
    """What others wait for while somebody imports as much as one may."""
    bundle = f"{folder}/large.jsonl"
    runs = write_import(bundle)
    figures = json_of(f"{BIN}/history_client", address, long_run,
                      f"{BIN}/powerdown run import {bundle} > {folder}/imported.txt", timeout=300)
    worst = max(figures["worst_ping_ms"], figures["worst_page_ms"], figures["worst_change_ms"])
    tell("history: others' slowest answer beside an import", worst / 1000, 1,
         f"{os.path.getsize(bundle) >> 20} MiB, {runs} runs in {figures['seconds']:.1f} s; ping {figures['worst_ping_ms']:.0f}, "
         f"first page {figures['worst_page_ms']:.0f}, change of a run {figures['worst_change_ms']:.0f} ms")


def tick_cost(folder):
    """Processor seconds of the daemon in a second, while one run trains."""
    os.environ.update(HOME=folder, POWERDOWN_SERVER=f"unix:{folder}/powerdown.sock")
    daemon, _ = start(folder)
    await_summaries(folder)
    submitted = json_of(f"{BIN}/powerdown", "run", "submit", "--max-steps", "100000000", "--auto-stop", "off",
                        "--threads", "1", "--output", "json")
    run = submitted["run_id"]
    while json_of(f"{BIN}/powerdown", "run", "show", run, "--output", "json").get("steps", 0) == 0:
        time.sleep(0.2)

    def used():
        with open(f"/proc/{daemon.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    before = used()
    time.sleep(TICKING_SECONDS)
    cost = (used() - before) / TICKING_SECONDS
    subprocess.run([f"{BIN}/powerdown", "run", "cancel", run], stdout=subprocess.DEVNULL, check=True)
    stop(daemon)
    return cost


def measure_ticks(folder):
    with tempfile.TemporaryDirectory() as parent:
        empty = f"{parent}/state"
        large_database.take_in_recorded(BIN, empty)
        alone = tick_cost(empty)
    cost = tick_cost(folder)
    emit("history: ticks while a run trains", cost / max(alone, 1e-3), "of those beside no history",
         f"{1000 * cost:.0f} ms of processor a second with {large_database.RUNS} runs, {1000 * alone:.0f} without",
         "<= 1.25", cost <= 1.25 * alone + 0.005)


def measure(folder, long_run):
    os.environ.update(HOME=folder, POWERDOWN_SERVER=f"unix:{folder}/powerdown.sock")
    runs = large_database.RUNS
    # As an older version left it: no summary and no curve is made.
    daemon, _ = start(folder)
    load = f"load {os.getloadavg()[0]:.1f}"
    begin = time.monotonic()
    report = json_of(f"{BIN}/powerdown", "report", "--output", "json")
    tell("history: report right after an update", time.monotonic() - begin, 2,
         f"{runs} runs; says that {report['pending_runs']} are still to be summed up; {load}")
    first = json_of(f"{BIN}/history_client", os.environ["POWERDOWN_SERVER"], long_run)
    tell("history: GetSeries for the first time, meanwhile", first["series_ms"] / 1000, 5,
         f"10,000,000 reports, 1,000 buckets; others' ping at worst {first['worst_ping_ms']:.0f} ms")
    filled = await_summaries(folder)
    memory_of_update = memory_of(daemon)
    stop(daemon)
    daemon, started = start(folder)
    load = f"load {os.getloadavg()[0]:.1f}"
    tell("history: daemon serves after", started, 2, f"{runs} runs, {os.path.getsize(folder + '/powerdown.db') >> 20} MiB, {load}")
    figures = json_of(f"{BIN}/history_client", os.environ["POWERDOWN_SERVER"], long_run)
    tell("history: first page of ListRuns", figures["first_page_ms"] / 1000, 0.3, f"50 of {runs} runs")
    tell("history: all pages of ListRuns", figures["all_pages_ms"] / 1000, 5, f"{runs} runs, 1,000 a page")
    tell("history: WatchRuns has all", figures["watch_runs_ms"] / 1000, 5, f"{figures['runs']} runs")
    tell("history: GetSeries, cold", figures["series_ms"] / 1000, 5, "10,000,000 reports, 1,000 buckets")
    tell("history: GetSeries, again", figures["again_ms"] / 1000, 0.1, "10,000,000 reports, 1,000 buckets")
    tell("history: others' ping meanwhile, at worst", figures["worst_ping_ms"] / 1000, 1, f"{figures['pings']} pings")
    tell("history: report", seconds_of("report", "--output", "json"), 2, f"{runs} runs")
    tell("history: doctor", seconds_of("server", "doctor", "--output", "json"), 5, "integrity in slices")
    tell("history: runs summarised after an update", filled, 300, "in the background, once")
    for when, memory in (("after an update", memory_of_update), ("", memory_of(daemon))):
        emit(f"history: daemon memory {when}".strip() + ", at most", memory, "MiB", "resident, high-water mark", "< 256",
             memory < 256)
    import_beside(folder, long_run, os.environ["POWERDOWN_SERVER"])
    stop(daemon)
    measure_ticks(folder)


def main():
    if len(sys.argv) > 2:
        with sqlite3.connect(f"file:{sys.argv[2]}/powerdown.db?mode=ro", uri=True) as database:
            long_run = database.execute("SELECT run_id FROM runs ORDER BY steps DESC LIMIT 1").fetchone()[0]
        return measure(sys.argv[2], long_run)
    with tempfile.TemporaryDirectory() as parent:
        if shutil.disk_usage(parent).free < NEEDED_BYTES:
            sys.exit(f"tests/bench: history needs {NEEDED_BYTES >> 30} GiB below {parent}")
        folder = f"{parent}/state"
        measure(folder, large_database.write(BIN, folder))


main()
