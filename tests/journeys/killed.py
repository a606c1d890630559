"""Daemon and workers are killed again and again while two runs train and a client watches: every line that
was printed is stored word for word, every run ends by itself with the bits of an undisturbed one, and the
database stays whole.

usage: killed.py BIN [KILLS]. Prints how many were killed, and how many reports were compared.
"""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from box import Box, end_all, last_hash, start, wait_for

BIN = sys.argv[1]
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
SPEC = ["--modulus", "23", "--width", "32", "--hidden", "64", "--auto-stop", "off", "--max-steps", "4000",
        "--evaluate-every", "20"]
SEEDS = (0, 1)


def workers_of(daemon):
    done = subprocess.run(["pgrep", "-P", str(daemon), "-f", "powerdown-worker"], stdout=subprocess.PIPE,
                          text=True, check=False)
    return [int(word) for word in done.stdout.split()]


def watch(box, run, path):
    with open(path, "w", encoding="utf-8") as output:
        return start(f"{BIN}/powerdown", "--server", box.server, "run", "watch", run, "--output", "jsonl",
                     env=box.environment, stdout=output, stderr=subprocess.DEVNULL)


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
    runs = [box.submit(SPEC, seed) for seed in SEEDS]
    printed = [f"{folder}/{run}.jsonl" for run in runs]
    watchers = [watch(box, run, path) for run, path in zip(runs, printed)]
    kills = 0
    while kills < left:
        sizes = [os.path.getsize(path) for path in printed]  # before the states: an end is printed after it
        states = [box.cli("run", "show", run)["state"] for run in runs]
        if all(state == "finished" for state in states):
            break
        unfinished = next(i for i, state in enumerate(states) if state != "finished")
        # A kill before anything new is printed is a kill of nothing.
        wait_for("more is printed", lambda: os.path.getsize(printed[unfinished]) > sizes[unfinished])
        # Checkpoints are 30 s apart: a run that is killed earlier begins again, and must end between kills.
        time.sleep(chance.uniform(0, 4))
        kills += kill_one(box, chance)
    wait_for(f"{kills} kills, and both have finished",
             lambda: all(box.cli("run", "show", run)["state"] == "finished" for run in runs), 240, every=0.2)
    for watcher in watchers:
        watcher.wait(60)
    shown = [box.cli("run", "show", run) for run in runs]
    if [last_hash(run) for run in shown] != wanted:
        sys.exit("other bits than the undisturbed runs")
    return kills, sum(compare(box, run, path) for run, path in zip(runs, printed))


def main(folder):
    empty = f"{folder}/recorded"
    os.makedirs(empty)
    box = Box(BIN, f"{folder}/box", "--recorded-dir", empty, "--max-running", "2")
    wanted = [box.train_undisturbed(SPEC, seed) for seed in SEEDS]
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
