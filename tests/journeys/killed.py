"""Daemon and workers are killed again and again while two runs train and a client watches: every line that
was printed is stored word for word, every run ends by itself with the bits of an undisturbed one, and the
database stays whole.

usage: killed.py BIN [KILLS]. Prints how many were killed, and how many reports were compared.
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from box import Box, end_all, start, wait_for

BIN = sys.argv[1]
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
SPEC = ["--modulus", "23", "--width", "32", "--hidden", "64", "--auto-stop", "off", "--max-steps", "4000",
        "--evaluate-every", "20"]
SEEDS = (0, 1)


def submit(box, seed):
    return box.cli("run", "submit", *SPEC, "--seed", str(seed))["run_id"]


def hash_of(run):
    return [one["sha256"] for one in run["checkpoints"] if one.get("label") == "last"][-1]


def workers_of(daemon):
    done = subprocess.run(["pgrep", "-P", str(daemon), "-f", "powerdown-worker"], stdout=subprocess.PIPE,
                          text=True, check=False)
    return [int(word) for word in done.stdout.split()]


def watch(box, run, path):
    with open(path, "w", encoding="utf-8") as output:
        return start(f"{BIN}/powerdown", "--server", box.server, "run", "watch", run, "--output", "jsonl",
                     env=box.environment, stdout=output, stderr=subprocess.DEVNULL)


def wait_for_report(path, size):
    """Until the watcher has printed more: a kill before anything new is a kill of nothing."""
    end = time.monotonic() + 60
    while os.path.getsize(path) <= size:
        if time.monotonic() > end:
            sys.exit("the watcher prints nothing more")
        time.sleep(0.01)


def kill_one(box, chance):
    """Of daemon and workers, one; the daemon three times in four. False: there was no worker."""
    if chance.random() < 0.25:
        workers = workers_of(box.daemon.pid)
        if not workers:
            return False
        try:
            os.kill(chance.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return False  # it has just ended
        return True
    box.end(signal.SIGKILL)
    box.start()
    return True


def compare(box, run, path):
    """How many printed lines were found again; ends the program at the first that is not."""
    done = subprocess.run([f"{BIN}/powerdown", "--server", box.server, "run", "watch", run, "--output", "jsonl"],
                          env=box.environment, stdout=subprocess.PIPE, text=True, timeout=300, check=True)
    stored = set(done.stdout.splitlines())
    with open(path, encoding="utf-8") as printed:
        lines = printed.read().splitlines()
    for line in lines:
        if line not in stored:
            sys.exit(f"run {run}: printed and no longer stored: {line[:400]}")
    if len(set(lines)) != len(lines):
        sys.exit(f"run {run}: a line was printed twice")
    return len(lines)


def round_of_kills(box, wanted, folder, chance, left):
    runs = [submit(box, seed) for seed in SEEDS]
    printed = [f"{folder}/{run}.jsonl" for run in runs]
    watchers = [watch(box, run, path) for run, path in zip(runs, printed)]
    kills = 0
    while kills < left:
        states = [box.cli("run", "show", run)["state"] for run in runs]
        if all(state == "finished" for state in states):
            break
        unfinished = next(i for i, state in enumerate(states) if state != "finished")
        wait_for_report(printed[unfinished], os.path.getsize(printed[unfinished]))
        # Checkpoints are 30 s apart: a run that is killed earlier begins again, and must end between kills.
        time.sleep(chance.uniform(0, 4))
        kills += kill_one(box, chance)
    wait_for(f"{kills} kills, and both have finished",
             lambda: all(box.cli("run", "show", run)["state"] == "finished" for run in runs), 240, every=0.2)
    for watcher in watchers:
        watcher.wait(60)
    shown = [box.cli("run", "show", run) for run in runs]
    if [hash_of(run) for run in shown] != wanted:
        sys.exit("other bits than the undisturbed runs")
    return kills, sum(compare(box, run, path) for run, path in zip(runs, printed))


def main(folder):
    empty = f"{folder}/recorded"
    os.makedirs(empty)
    box = Box(BIN, f"{folder}/box", "--recorded-dir", empty, "--max-running", "2")
    wanted = []
    for seed in SEEDS:
        run = submit(box, seed)
        wait_for(f"undisturbed run {seed}", lambda: box.cli("run", "show", run)["state"] == "finished", 200)
        wanted.append(hash_of(box.cli("run", "show", run)))
    chance = random.Random(11)
    kills = lines = rounds = 0
    while kills < KILLS:
        more_kills, more_lines = round_of_kills(box, wanted, folder, chance, KILLS - kills)
        kills, lines, rounds = kills + more_kills, lines + more_lines, rounds + 1
        box.cli("server", "doctor")
    box.end()
    print(f"{kills} kills in {rounds} rounds of {len(SEEDS)} runs: {lines} printed lines are stored, "
          f"{rounds * len(SEEDS)} runs ended with the right bits")


with tempfile.TemporaryDirectory() as temporary:
    try:
        main(temporary)
    finally:
        end_all()
