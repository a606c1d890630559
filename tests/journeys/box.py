"""A daemon in a folder of its own, for journeys, and how they wait and skip."""
import json
import os
import signal
import subprocess
import sys
import time

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
BEGAN = time.monotonic()
_started = []


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def recorded_count(programs):
    """How many runs are shipped with the programs."""
    # One line for each run; the bundles hold several runs each.
    with open(f"{programs}/../share/powerdown/recorded/held_out.jsonl", encoding="utf-8") as lines:
        return sum(1 for _ in lines)


def clean_environment(**values):
    """This process's environment without what would lead to a user's own files or server."""
    left_out = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "POWERDOWN_SERVER")
    return {**{name: value for name, value in os.environ.items() if name not in left_out}, **values}


def wait_for(what, is_true, seconds=90, every=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            print(f"{time.monotonic() - BEGAN:6.1f} s  {what}", flush=True)
            return
        time.sleep(every)
    sys.exit(f"waited {seconds} s in vain: {what}")


def start(*words, **options):
    """A process that end_all() ends at the latest."""
    process = subprocess.Popen(words, **options)
    _started.append(process)
    return process


def end_all():
    for process in reversed(_started):
        process.kill()  # does nothing to one that has ended
        process.wait(20)


def last_hash(run):
    """Of the weights with which the run ended: equal weights, equal bits."""
    return [one["sha256"] for one in run["checkpoints"] if one.get("label") == "last"][-1]


class Box:
    """`within`: words before each program, such as `ip netns exec NAME`."""

    def __init__(self, programs, folder, *flags, listen="127.0.0.1:0", within=()):
        self.programs, self.folder, self.flags, self.within = programs, folder, flags, within
        self.address, self.port = listen.rsplit(":", 1)
        self.server = f"unix:{folder}/state/powerdown.sock"
        self.environment = clean_environment(HOME=folder)
        os.makedirs(folder, exist_ok=True)
        self.start()

    def start(self):
        """Serves the same folder on the same port as before."""
        self.daemon = start(*self.within, f"{self.programs}/powerdownd", "--state-dir", f"{self.folder}/state",
                            "--listen", f"{self.address}:{self.port}", *self.flags, env=self.environment,
                            stdout=subprocess.PIPE, text=True)
        line = self.daemon.stdout.readline()
        if not line:
            sys.exit("powerdownd did not start; its message is above")
        if self.port == "0":
            self.port = line.rsplit(":", 1)[1].strip()

    def end(self, how=signal.SIGTERM):
        self.daemon.send_signal(how)
        self.daemon.wait(60)

    def cli(self, *words):
        """What the command prints as JSON."""
        done = subprocess.run([*self.within, f"{self.programs}/powerdown", "--server", self.server, *words,
                               "--output", "json"], env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=300, check=False)
        if done.returncode != 0:
            sys.exit(f"powerdown {' '.join(words)}: exit {done.returncode}: {done.stderr[-2000:]}")
        return json.loads(done.stdout)

    def submit(self, spec, seed):
        return self.cli("run", "submit", *spec, "--seed", str(seed))["run_id"]

    def train_undisturbed(self, spec, seed):
        """One run to its end, alone; its last_hash."""
        run = self.submit(spec, seed)
        wait_for(f"undisturbed run {seed}", lambda: self.cli("run", "show", run)["state"] == "finished", 200)
        return last_hash(self.cli("run", "show", run))

    def pair(self, user, *flags):
        return self.cli("server", "pair", "--user", user, *flags)["pairing"]
