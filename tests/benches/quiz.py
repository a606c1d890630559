"""How soon quizzes are answered while a run trains, and what that costs the run.

usage: quiz.py BIN. Starts a daemon of its own; quiet and quizzed windows of one run take turns.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

from figures import emit, json_of, p99

BIN = sys.argv[1]
ENDLESS = ["--task", "random-labels", "--max-steps", "50000000", "--evaluate-every", "20"]
WINDOWS, WINDOW_S, RATE = 6, 4, 20


def cli(*words):
    return json_of(f"{BIN}/powerdown", *words, "--output", "json", timeout=300)


def ask(run, at, count, rate):
    return json_of(f"{BIN}/quiz_client", os.environ["POWERDOWN_SERVER"], run, at, str(count), str(rate), timeout=600)


def steps_a_second(run):
    """From the worker's own step reports within a window."""
    before, begin = cli("run", "show", run)["steps"], time.monotonic()
    yield
    yield (cli("run", "show", run)["steps"] - before) / (time.monotonic() - begin)


def window(run, is_quizzed):
    rate = steps_a_second(run)
    next(rate)
    if is_quizzed:
        ask(run, "latest", WINDOW_S * RATE, RATE)
    else:
        time.sleep(WINDOW_S)
    return next(rate)


with tempfile.TemporaryDirectory() as folder:
    os.environ.update(HOME=folder, POWERDOWN_SERVER=f"unix:{folder}/s/powerdown.sock")
    daemon = subprocess.Popen([f"{BIN}/powerdownd", "--state-dir", f"{folder}/s"],
                              stdout=subprocess.PIPE, text=True)
    try:
        daemon.stdout.readline()
        grokked = cli("run", "submit", "--wait")["run_id"]
        endless = cli("run", "submit", *ENDLESS)["run_id"]
        while cli("run", "show", endless)["steps"] < 200:
            time.sleep(0.2)
        cold = ask(grokked, "grokked", 1, 1)[0]
        emit("quiz cold answer", cold / 1000, "s", "no quiz worker yet; a run trains", "< 2",
             cold < 2000)
        warm = ask(grokked, "grokked", 1000, 100)
        emit("quiz warm p99", p99(warm), "ms", f"median {statistics.median(warm):.2f} ms; a run trains",
             "< 20", p99(warm) < 20)
        live = ask(endless, "latest", 500, 50)
        # The step comes from the run itself: a quiet window.
        step = 1000 / window(endless, False)
        emit("quiz live p99", p99(live), "ms",
             f"median {statistics.median(live):.2f} ms; a step takes {step:.2f} ms",
             f"< {20 + step:.1f}", p99(live) < 20 + step)
        changes = []
        for _ in range(WINDOWS):
            quiet, quizzed = window(endless, False), window(endless, True)
            changes.append(quiet / quizzed - 1)
        change = statistics.median(changes)
        emit("quiz step time change", 100 * change, "%", f"{RATE} questions a second to the live model",
             "< 2", change < 0.02)
    finally:
        daemon.terminate()
        daemon.wait(30)
