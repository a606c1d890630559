"""How soon the daemon answers with 200 clients connected over TLS, each with an open watch, beside a
bare gRPC server that takes turns with it, and how much memory the daemon then has.

usage: clients.py BIN
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile

BIN = sys.argv[1]
CLIENTS, SECONDS = 200, 10


def emit(name, value, unit, against, goal, holds):
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "against": against,
                      "holds": holds, "goal": goal}), flush=True)


def p99(times):
    return sorted(times)[max(0, int(len(times) * 0.99) - 1)]


def memory_megabytes(pid, what):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1000
    raise SystemExit(f"no {what}")


def measure(name, flags, against):
    with tempfile.TemporaryDirectory() as folder:
        state = f"{folder}/s"
        daemon = subprocess.Popen([f"{BIN}/powerdownd", "--state-dir", state, "--listen",
                                   "127.0.0.1:0", *flags], env={**os.environ, "HOME": folder},
                                  stdout=subprocess.PIPE, text=True)
        bare = load = None
        try:
            address = daemon.stdout.readline().split()[-1]
            alone = memory_megabytes(daemon.pid, "VmRSS")
            pem = f"{state}/certificate.pem"
            bare = subprocess.Popen([f"{BIN}/client_load", "serve", pem, f"{state}/key.pem"],
                                    stdout=subprocess.PIPE, text=True)
            load = subprocess.Popen([f"{BIN}/client_load", "load", pem, f"{state}/admin.token",
                                     address, bare.stdout.readline().strip(), str(CLIENTS),
                                     str(SECONDS)],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            times = json.loads(load.stdout.readline())
            peak = memory_megabytes(daemon.pid, "VmHWM")
            load.stdin.close()
            stayed = load.wait(60) == 0
            ours, theirs = times["daemon"], times["bare"]
            emit(f"{name} ping p99", p99(ours), "ms",
                 f"bare gRPC server {p99(theirs):.2f} ms; medians {statistics.median(ours):.2f} and "
                 f"{statistics.median(theirs):.2f} ms; {len(ours)} pings each; {CLIENTS} watches "
                 f"{'stayed open' if stayed else 'did NOT all stay open'}; {os.cpu_count()} cores, "
                 f"load {os.getloadavg()[0]:.1f}; {against}",
                 "< 50", stayed and p99(ours) < 50)
            emit(f"{name} daemon memory", peak, "MB", f"{alone:.0f} MB before; bare server "
                 f"{memory_megabytes(bare.pid, 'VmHWM'):.0f} MB; {against}", "< 200", peak < 200)
        finally:
            for process in (load, bare, daemon):
                if process is not None:
                    process.terminate()
                    process.wait(30)


measure("clients", ["--recorded-dir", "/nonexistent"], "nothing trains")
measure("clients at first start", [], "while the recorded runs are taken in")
