"""Two runs at a time on a small disk that fills while they train and is freed later: both end by
themselves with the bits of undisturbed runs, and the daemon answers all the time.

usage: disk_full.py BIN [TRIALS]. Exits with 77 where it may not mount a tmpfs in a namespace of its own.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import time

from box import Box, end_all, last_hash, skip, wait_for

BIN = sys.argv[1]
TRIALS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
DISK = 24 << 20
SPEC = ["--modulus", "23", "--width", "32", "--hidden", "64", "--auto-stop", "off", "--max-steps", "3000",
        "--evaluate-every", "20"]


def enter_namespace():
    """Starts this script again where its mounts are nobody else's."""
    if os.environ.get("IN_OWN_MOUNTS"):
        return
    words = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        skip("no mount namespaces here (unshare --mount)")
    os.execvpe(words[0], [*words, sys.executable, "-B", *sys.argv], {**os.environ, "IN_OWN_MOUNTS": "1"})


def mount(folder):
    os.makedirs(folder)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "disk", folder], check=False)
    if done.returncode != 0:
        skip("no tmpfs can be mounted here")


def fill(folder):
    """Takes all that is left, down to the last page."""
    path = f"{folder}/filler"
    with open(path, "wb", buffering=0) as filler:
        for size in (1 << 20, 4096):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                pass
    return path


def keep_full(box, folder, runs, seconds):
    """Until the time is over and every run has been held up, or nothing more happens."""
    end = time.monotonic() + seconds
    longest = 0.0
    path = fill(folder)
    while time.monotonic() < end:
        begin = time.monotonic()
        shown = [box.cli("run", "show", run) for run in runs]
        longest = max(longest, time.monotonic() - begin)
        for run in shown:
            if run["state"] not in ("running", "queued", "finished"):
                sys.exit(f"a full disk made the run {run['state']}: {run.get('state_reason')}")
        time.sleep(0.1)
    os.unlink(path)
    reasons = {run.get("state_reason", "") for run in shown if run["state"] != "finished"}
    print(f"        both shown within {longest:.2f} s; {json.dumps(sorted(reasons))[:300]}", flush=True)


def main(folder):
    empty = f"{folder}/recorded"
    os.makedirs(empty)
    flags = ("--recorded-dir", empty, "--max-running", "2")
    reference = Box(BIN, f"{folder}/reference", *flags)
    wanted = [reference.train_undisturbed(SPEC, seed) for seed in (0, 1)]
    reference.end()

    chance = random.Random(17)
    interrupted = 0
    for trial in range(TRIALS):
        small = f"{folder}/small{trial}"
        mount(small)
        box = Box(BIN, small, *flags)
        runs = [box.submit(SPEC, seed) for seed in (0, 1)]
        begin = chance.randrange(20, 2000)
        wait_for(f"trial {trial}: step {begin}", lambda: box.cli("run", "show", runs[0])["steps"] >= begin)
        keep_full(box, small, runs, chance.uniform(1, 12))
        wait_for("both have finished",
                 lambda: all(box.cli("run", "show", run)["state"] == "finished" for run in runs), 240, every=0.2)
        shown = [box.cli("run", "show", run) for run in runs]
        assert [last_hash(run) for run in shown] == wanted, "other bits"
        interrupted += sum(len(run["attempts"]) > 1 for run in shown)
        failures = [one for run in shown for one in run["attempts"] if one["outcome"] == "failed"]
        assert not failures, failures
        assert box.cli("server", "info")["running_runs"] == 0
        box.end()
        subprocess.run(["umount", small], check=True)
    print(f"{2 * TRIALS} of {2 * TRIALS} runs ended with the right bits; {interrupted} were interrupted")


if __name__ == "__main__":
    enter_namespace()
    with tempfile.TemporaryDirectory() as temporary:
        try:
            main(temporary)
        finally:
            end_all()
            subprocess.run(f"umount {temporary}/small* 2>/dev/null", shell=True, check=False)
