"""Steps and joules to the grok, and to the stop, of each optimiser and accelerator.

usage: accelerators.py BIN. Addition mod 59, half the pairs, the default MLP; three seeds each, one run at
a time; the figures are medians. Joules are gross and carry the source of this box's meter.
"""
import os
import statistics
import subprocess
import sys
import tempfile

from figures import emit, json_of

BIN = sys.argv[1]
SEEDS, STEP_LIMIT = "seed=0..2", "6000"
KINDS = {
    "adamw, decay 3": [],
    "adamw, decay 1": ["--weight-decay", "1"],
    "grokfast 2, decay 3": ["--grokfast", "2"],
    "grokfast 2, decay 1": ["--weight-decay", "1", "--grokfast", "2"],
    "stablemax, decay 3": ["--loss", "stablemax"],
    "orthogonal gradient, decay 0": ["--weight-decay", "0", "--orthogonal-gradient", "on"],
    "muon, decay 1": ["--optimizer", "muon", "--learning-rate", "0.02", "--weight-decay", "1"],
    "sgd, decay 0.001": ["--optimizer", "sgd", "--learning-rate", "1", "--weight-decay", "0.001"],
}


def train(kind):
    return json_of(f"{BIN}/powerdown", "run", "submit", "--wait", "--sweep", SEEDS, "--max-steps", STEP_LIMIT,
                   *KINDS[kind], "--output", "json")


with tempfile.TemporaryDirectory() as folder:
    os.environ.update(HOME=folder, POWERDOWN_SERVER=f"unix:{folder}/s/powerdown.sock")
    daemon = subprocess.Popen([f"{BIN}/powerdownd", "--state-dir", f"{folder}/s", "--max-running", "1"],
                              stdout=subprocess.PIPE, text=True)
    try:
        daemon.stdout.readline()
        plain = None
        for kind in KINDS:
            runs = train(kind)
            joules = statistics.median(run["energy"]["gross_joules"] for run in runs)
            plain = plain or joules
            steps = [run["grok_step"] for run in runs if "grok_step" in run]
            against = f"{len(steps)} of {len(runs)} seeds; {joules / plain:.2f} of adamw's joules"
            for name, value, unit in [
                    ("steps to grok", statistics.median(steps) if steps else None, "steps"),
                    ("energy to stop", joules, f"J ({runs[0]['energy']['source']})")]:
                emit(f"{name}: {kind}", value, unit, against, f"every seed groks within {STEP_LIMIT} steps",
                     len(steps) == len(runs), digits=9)
    finally:
        daemon.terminate()
        daemon.wait(30)
