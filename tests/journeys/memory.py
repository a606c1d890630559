"""Peak memory of real workers against the estimate that the daemon checks and limits with.

usage: memory.py BIN. It prints a line a spec; the peak must lie between 0.4 and 1 of the estimate.
"""
import json
import os
import subprocess
import sys
import tempfile

BIN = sys.argv[1]
SPECS = [
    {"modulus": 23},
    {"modulus": 113, "hidden": 2048},
    {"modulus": 197, "hidden": 512},
    {"modulus": 113, "hidden": 512, "layers": 3},
    {"modulus": 113, "hidden": 1024, "batch_size": 64},
    {"modulus": 113, "model": "transformer", "hidden": 1024},
    {"modulus": 59, "model": "transformer", "layers": 2, "hidden": 512},
    {"modulus": 97, "model": "transformer", "batch_size": 64, "hidden": 512},
    {"modulus": 113, "model": "quadratic", "hidden": 512},
]


def estimate(spec):
    flags = [word for name, value in spec.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    done = subprocess.run([f"{BIN}/powerdown-worker", "--bench", "--memory", *flags], text=True,
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)["memory_bytes"]


def peak(spec, folder):
    start = {"command": "start", "run_id": "x", "attempt": 1, "auto_stop": "off", "directory": folder,
             "spec": {**spec, "max_steps": 2, "evaluate_every": 1, "device": "cpu"}}
    worker = subprocess.Popen([f"{BIN}/powerdown-worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True,
                              env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})
    worker.stdin.write(json.dumps(start) + "\n")
    worker.stdin.flush()
    ended = [line for line in worker.stdout if '"ended"' in line]
    assert ended and json.loads(ended[0])["outcome"] == "finished", ended
    _, _, usage = os.wait4(worker.pid, 0)
    return usage.ru_maxrss * 1024


def main():
    bad = []
    for spec in SPECS:
        with tempfile.TemporaryDirectory() as folder:
            measured, expected = peak(spec, folder), estimate(spec)
        share = measured / expected
        print(f"{measured / 1e6:7.0f} MB of {expected / 1e6:7.0f} MB, {share:.2f}: {json.dumps(spec)}", flush=True)
        if not 0.4 <= share <= 1:
            bad.append(spec)
    if bad:
        sys.exit(f"the estimate is wrong for {bad}")


main()
