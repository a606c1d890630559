"""How fast a run's updates reach those who watch it, beside a gRPC server that sends the same bytes.

usage: stream.py BIN. Starts a daemon of its own.
"""
import os
import statistics
import subprocess
import sys
import tempfile

import large_database
from figures import emit, json_of

BIN = sys.argv[1]
REPORTS, MESSAGES = 600_000, 200  # of 1,000 updates each
MESSAGES_PAST_MEMORY = 550  # the daemon keeps some 240 of them

with tempfile.TemporaryDirectory() as parent:
    folder = f"{parent}/state"
    run = large_database.write(BIN, folder, 0, REPORTS)
    address = f"unix:{folder}/powerdown.sock"
    daemon = subprocess.Popen([f"{BIN}/powerdownd", "--state-dir", folder, "--recorded-dir", f"{folder}/none"],
                              env={**os.environ, "HOME": folder}, stdout=subprocess.PIPE, text=True)
    daemon.stdout.readline()
    for clients, messages, what in ((1, MESSAGES, "that others opened before"),
                                    (20, MESSAGES, "that others opened before"),
                                    (1, MESSAGES_PAST_MEMORY, "all read from the database")):
        measured = json_of(f"{BIN}/stream_clients", address, run, str(clients), str(messages), timeout=300)
        through, bare = statistics.median(measured["daemon"]), statistics.median(measured["bare"])
        rate = clients * measured["updates"]
        against = (f"gRPC alone, the same {measured['bytes'] >> 10} KiB to each of {clients} clients, in turns: "
                   f"{rate / bare:.0f} updates/s; the daemon {rate / through:.0f}")
        emit(f"stream: updates to {clients} watching clients, {what}", bare / through, "of gRPC's rate", against,
             ">= 0.8", bare / through >= 0.8)
    daemon.terminate()
    daemon.wait(60)
