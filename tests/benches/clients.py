"""How soon the daemon answers, and what it takes, while many clients watch a run that trains.

usage: clients.py BIN. Starts a daemon of its own.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

BIN = sys.argv[1]
CLIENTS, SECONDS, PINGS_A_SECOND = 200, 24, 1


def emit(name, value, unit, against, goal, holds):
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "against": against,
                      "holds": holds, "goal": goal}), flush=True)


def p99(times):
    return sorted(times)[max(0, int(len(times) * 0.99) - 1)]


def status_of(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(field))


with tempfile.TemporaryDirectory() as folder:
    socket = f"{folder}/s/powerdown.sock"
    os.environ.update(HOME=folder, POWERDOWN_SERVER=f"unix:{socket}")
    daemon = subprocess.Popen([f"{BIN}/powerdownd", "--state-dir", f"{folder}/s"],
                              stdout=subprocess.PIPE, text=True)
    daemon.stdout.readline()
    run = json.loads(subprocess.run(
        [f"{BIN}/powerdown", "run", "submit", "--task", "random-labels", "--max-steps", "50000000",
         "--evaluate-every", "20", "--output", "json"],
        check=True, stdout=subprocess.PIPE, text=True).stdout)["run_id"]
    time.sleep(2)
    measured = json.loads(subprocess.run(
        [f"{BIN}/many_clients", socket, run, str(CLIENTS), str(SECONDS), str(PINGS_A_SECOND)],
        check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout)
    memory = status_of(daemon.pid, "VmHWM")
    daemon.terminate()
    daemon.wait(60)

daemon_ms, bare_ms = p99(measured["daemon"]), p99(measured["bare"])
against = (f"a gRPC server that does nothing, same {CLIENTS} clients in turns: {bare_ms:.1f} ms; "
           f"{measured['updates'] // CLIENTS} updates to each watch, a run training beside it")
emit(f"ping p99 with {CLIENTS} watching clients", daemon_ms, "ms", against, "< 50", daemon_ms < 50)
emit(f"daemon memory with {CLIENTS} clients, at most", memory, "MiB", "resident, high-water mark",
     "< 200", memory < 200)
