"""How soon the daemon answers, and what it takes, while many clients watch a run that trains.

usage: clients.py BIN. Starts a daemon of its own.
"""
import os
import subprocess
import sys
import tempfile
import time

from figures import emit, json_of, p99

BIN = sys.argv[1]
CLIENTS, SECONDS, PINGS_A_SECOND = 200, 24, 1


def status_of(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(field))


def measure(folder, address, run):
    return json_of(f"{BIN}/many_clients", address, folder, run, str(CLIENTS), str(SECONDS), str(PINGS_A_SECOND),
                   timeout=300)


def cli(*words):
    return json_of(f"{BIN}/powerdown", *words, "--output", "json", timeout=300)


def wait_until_it_trains(run):
    end = time.monotonic() + 60
    while cli("run", "show", run).get("steps", 0) == 0:
        if time.monotonic() > end:
            sys.exit("tests/bench: clients: the run does not begin within a minute")
        time.sleep(0.1)


def serve(way):
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HOME=folder, POWERDOWN_SERVER=f"unix:{folder}/s/powerdown.sock")
        daemon = subprocess.Popen(
            [f"{BIN}/powerdownd", "--state-dir", f"{folder}/s", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, text=True)
        port = daemon.stdout.readline().rsplit(":", 1)[1].strip()
        run = cli("run", "submit", "--task", "random-labels", "--max-steps", "50000000",
                  "--evaluate-every", "20")["run_id"]
        wait_until_it_trains(run)
        address = f"127.0.0.1:{port}" if way == "TLS" else os.environ["POWERDOWN_SERVER"]
        measured = measure(f"{folder}/s", address, run)
        memory = status_of(daemon.pid, "VmHWM")
        daemon.terminate()
        daemon.wait(60)
    daemon_ms, bare_ms = p99(measured["daemon"]), p99(measured["bare"])
    against = (f"a gRPC server that does nothing, same {CLIENTS} clients in turns: {bare_ms:.1f} ms; "
               f"{measured['updates'] // CLIENTS} updates to each watch, a run training beside it")
    emit(f"ping p99 with {CLIENTS} watching clients over {way}", daemon_ms, "ms", against, "< 50",
         daemon_ms < 50)
    emit(f"daemon memory with {CLIENTS} clients over {way}, at most", memory, "MiB",
         "resident, high-water mark", "< 200", memory < 200)


for way in ("a unix socket", "TLS"):
    serve(way)
