"""What the store costs beside SQLite alone, and how soon the curves of a long run are there.

usage: store.py BIN. Starts daemons of its own; writes 3 GB below $TMPDIR.
"""
import os
import statistics
import subprocess
import sys
import tempfile

import large_database
from figures import emit, json_of

BIN = sys.argv[1]


def ingest():
    with tempfile.TemporaryDirectory() as folder:
        measured = json_of(f"{BIN}/store_ingest", folder)
    store, raw = statistics.median(measured["store"]), statistics.median(measured["raw"])
    against = (f"SQLite alone, same rows, groups of 1,000 and syncs, in turns: "
               f"{measured['rows'] / raw:.0f} rows/s; through Store {measured['rows'] / store:.0f}")
    emit("store: ingest of reports", raw / store, "of SQLite's rate", against, ">= 0.8", raw / store >= 0.8)


def open_curves(folder, run):
    """Milliseconds of the first GetSeries, and the worst ping meanwhile."""
    address = f"unix:{folder}/powerdown.sock"
    os.environ.update(HOME=folder, POWERDOWN_SERVER=address)
    daemon = subprocess.Popen([f"{BIN}/powerdownd", "--state-dir", folder, "--recorded-dir", f"{folder}/none"],
                              stdout=subprocess.PIPE, text=True)
    daemon.stdout.readline()
    figures = json_of(f"{BIN}/history_client", address, run)
    daemon.terminate()
    daemon.wait(60)
    return figures["series_ms"], figures["worst_ping_ms"]


def open_long_run(reports, goal):
    with tempfile.TemporaryDirectory() as parent:
        folder = f"{parent}/state"
        run = large_database.write(BIN, folder, 0, reports)
        cold, ping = open_curves(folder, run)
        kept, _ = open_curves(folder, run)
    emit(f"store: opening {reports:,} steps for the first time", cold / 1000, "s",
         f"ten curves of 1,000 buckets, from the reports; ping meanwhile at most {ping:.0f} ms", f"< {goal:g}",
         cold / 1000 < goal)
    emit(f"store: opening {reports:,} steps after a restart", kept / 1000, "s", "the curves that were kept", "< 0.5",
         kept / 1000 < 0.5)


ingest()
open_long_run(1_000_000, 0.5)
open_long_run(10_000_000, 5)
