"""What a long history costs: 20,000 ended runs and one of 10,000,000 reports; see large_database.py.

usage: history.py BIN [FOLDER]. FOLDER: a state folder that large_database.py wrote; else it writes one, which
takes some minutes and 4 GB below $TMPDIR. Starts a daemon of its own.
"""
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
    stop(daemon)


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
