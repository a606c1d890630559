"""The command line in real terminals of 60x20, 80x24 and 120x40, by tmux: no line of any listing or live
view wraps, and what people type, a run's short id, is never cut. And the quickstart, from its first line
to its end card, as one screen of 80x24.

usage: terminals.py BIN listings|quickstart [--screens FOLDER]. Exits with 77 where there is no tmux.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from box import Box, clean_environment, end_all, skip, wait_for

BIN, PART = sys.argv[1], sys.argv[2]
SCREENS = sys.argv[sys.argv.index("--screens") + 1] if "--screens" in sys.argv else None
SOURCE = os.path.realpath(f"{os.path.dirname(__file__)}/../..")
SIZES = ((60, 20), (80, 24), (120, 40))
LONG_NAME = "a run whose name goes on and on, far beyond what any terminal is wide, to its end"
# What a shell prints once the command has ended.
END = re.compile(r"^<(\d+)>$", re.MULTILINE)


class Terminal:
    """One command in a terminal of its own, which stays after the command has ended."""

    number = 0

    def __init__(self, folder, size, environment, command):
        # A server of its own: one that is being ended cannot begin a session.
        Terminal.number += 1
        self.tmux = ["tmux", "-S", f"{folder}/tmux-{Terminal.number}", "-f", "/dev/null"]
        self.size = size
        script = f"{command}; printf '<%d>\\n' $?; exec sleep 600"
        subprocess.run([*self.tmux, "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "sh", "-c", script],
                       env={**environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}, check=True, timeout=20)

    def text(self, *flags):
        done = subprocess.run([*self.tmux, "capture-pane", "-p", *flags], stdout=subprocess.PIPE, check=True,
                              timeout=20, text=True)
        return done.stdout

    def wrapped(self):
        """The lines that go on in the next row of the terminal."""
        apart = self.text("-S", "-").rstrip("\n").split("\n")
        joined = self.text("-S", "-", "-J").rstrip("\n").split("\n")
        whole = {line.rstrip() for line in apart}
        lines = [line for line in joined if line.rstrip() not in whole] if len(apart) != len(joined) else []
        # What people copy, from a line of its own, has no ends of lines in it.
        return [line for line in lines if "remedy: " not in line]

    def has_ended(self):
        return END.search(self.text()) is not None

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], check=False, timeout=20, stderr=subprocess.DEVNULL)


def keep(name, size, text):
    if SCREENS:
        with open(f"{SCREENS}/{name}-{size[0]}x{size[1]}.txt", "w", encoding="utf-8") as file:
            file.write(text)


def fail(name, size, why, text):
    sys.exit(f"{name} on {size[0]}x{size[1]}: {why}\n{text}")


def show(folder, environment, command, name, size, expected=()):
    """Runs it to its end; what a whole scroll back shows."""
    terminal = Terminal(folder, size, environment, command)
    try:
        end = time.monotonic() + 120
        while not terminal.has_ended():
            if time.monotonic() > end:
                fail(name, size, "does not end", terminal.text())
            time.sleep(0.05)
        text = terminal.text("-S", "-")
        keep(name, size, text)
        if END.search(text).group(1) != "0":
            fail(name, size, "fails", text)
        if terminal.wrapped():
            fail(name, size, f"wraps: {terminal.wrapped()[0]}", text)
        for one in expected:
            if re.search(one, text, re.MULTILINE) is None:
                fail(name, size, f"{one!r} is not there", text)
        return text
    finally:
        terminal.close()


def watch(folder, environment, command, name, size, expected):
    """Looks at a live view, again and again, until it has shown all of `expected`."""
    terminal = Terminal(folder, size, environment, command)
    missing, end = list(expected), time.monotonic() + 150
    try:
        while missing or not terminal.has_ended():
            text = terminal.text()
            if terminal.wrapped():
                fail(name, size, f"wraps: {terminal.wrapped()[0]}", text)
            missing = [one for one in missing if re.search(one, text, re.MULTILINE) is None]
            if time.monotonic() > end:
                fail(name, size, f"{missing} is not there", text)
            keep(f"{name}-live" if missing else name, size, text)
            if not missing and terminal.has_ended():
                return
            time.sleep(0.05)
    finally:
        terminal.close()


def prepare(box):
    """Runs of every kind: compared, stopped early, failed to start, cancelled, named at length, queued."""
    box.cli("compare")
    box.cli("run", "submit", "--wait", "--name", LONG_NAME, "--tag", "night")
    endless = ("run", "submit", "--task", "random-labels", "--modulus", "23", "--max-steps", "5000000")
    box.cli(*endless, "--name", "夜間の実行、重み減衰を変えて、とても長い名前のまま")
    box.cli("run", "cancel", "3")
    for seed in range(4):
        box.cli(*endless, "--seed", str(seed))
    box.cli("user", "add", "a-user-with-a-long-name", "--role", "submitter")
    wait_for("recorded runs", lambda: len(box.cli("run", "list", "--recorded")) > 20, 170)
    with open(f"{box.folder}/receipt.json", "w", encoding="utf-8") as file:
        subprocess.run([f"{BIN}/powerdown", "--server", box.server, "receipt", "1"], stdout=file, check=True,
                       env=box.environment, timeout=60)


LISTINGS = (
    ("run list", r"^1 ", r"^2 ", r"^3 "),
    ("run list --recorded", r"^r1 "),
    ("run list --queue",),
    ("run show 1", r"^run +1 ", "grokked"),
    ("run show 2", "Saved|saved"),
    ("run diff 1 2", r"\b1 +2$"),
    ("compare list", r"^1 "),
    ("compare 1", "^Saved "),
    ("compare 1 --details",),
    ("quiz 1", "held out"),
    ("quiz 1 --at all",),
    ("fleet 1",),
    ("report",),
    ("forecast 1",),
    ("forecast --task division --no-probe",),
    ("replay r1 r2",),
    ("power meters",),
    ("power ledger",),
    ("predictor show",),
    ("server info", "receipt key"),
    ("server list",),
    ("server audit",),
    ("user list", "a-user-with-a-long-name"),
    ("config get", "^server"),
    ("verify {folder}/receipt.json", "valid"),
    ("help",),
    ("help run submit", "--weight-decay"),
)


def listings(folder):
    box = Box(BIN, f"{folder}/box")
    prepare(box)
    environment = {**box.environment, "POWERDOWN_SERVER": box.server}
    for size in SIZES:
        for command, *expected in LISTINGS:
            command = command.format(folder=box.folder)
            words = " ".join(shlex.quote(word) for word in [f"{BIN}/powerdown", *command.split()])
            show(folder, environment, words, command.split("/")[0].replace(" ", "-"), size, expected)
        print(f"{len(LISTINGS)} listings on {size[0]}x{size[1]}: nothing wraps", flush=True)
    for run in box.cli("run", "list"):
        if run["state"] in ("queued", "running"):
            box.cli("run", "cancel", run["run_id"])
    for size in SIZES:
        watch(folder, environment, f"{BIN}/powerdown compare", "compare", size,
              (r"step [\d,]+ of 1,400", "stopped|stop 7", "^Saved ", "never trained"))
        watch(folder, environment, f"{BIN}/powerdown run submit --wait --seed 1", "submit", size,
              (r"step [\d,]+ of", "^Saved "))
        watch(folder, environment, f"{BIN}/powerdown demo --speed 1000", "demo", size, (r"step [\d,]+ of",))
        print(f"live views on {size[0]}x{size[1]}: nothing wraps", flush=True)


def without_figures(text):
    """What differs from box to box, and from run to run: numbers, prefixes of units, the meter's name."""
    text = re.sub(r"[\d,]*\d(\.\d+)?", "#", text)
    text = re.sub(r"# [µmk]?(Wh|g)\b", r"# \1", text)
    text = re.sub(r"\b(sooner|later)\b", "off", text)
    return re.sub(r"; (estimate|measured).*", "; SOURCE", text)


def quickstart(folder):
    """One screen has it all: what was saved, a question wrong and then right, one projection."""
    environment = clean_environment(HOME=folder)
    began = time.monotonic()
    terminal = Terminal(folder, (80, 24), environment,
                        f"{SOURCE}/deploy/quickstart --built {os.path.dirname(os.path.realpath(BIN))} "
                        "--timeout 140")  # a busy box is slow to start the niced workers of a quiz
    try:
        wait_for("the end card of the quickstart", lambda: "next  powerdown compare" in terminal.text(), 150)
        print(f"{time.monotonic() - began:.1f} s from its first line to its end card")
        wait_for("its end", terminal.has_ended, 60)
        text = terminal.text()
    finally:
        terminal.close()
    keep("quickstart", (80, 24), text)
    if len(text.rstrip("\n").split("\n")) > 24:
        fail("quickstart", (80, 24), "is longer than a screen", text)
    with open(f"{SOURCE}/tests/data/screens/quickstart-80x24.txt", encoding="utf-8") as file:
        wanted = file.read()
    shown = without_figures(text)
    at = shown.find("Saved #")
    if at < 0 or not shown[at:].startswith(wanted):
        fail("quickstart", (80, 24), f"is not as in tests/data/screens/quickstart-80x24.txt:\n{wanted}\nbut", shown)


def main():
    if shutil.which("tmux") is None:
        skip("tmux is not installed")
    with tempfile.TemporaryDirectory() as folder:
        {"listings": listings, "quickstart": quickstart}[PART](folder)


try:
    main()
finally:
    end_all()
