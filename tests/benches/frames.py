"""The desktop client: time a frame, memory, start to first curve, stream to screen, and rest.

usage: frames.py BIN. Starts daemon, screen and client of its own; needs Xvfb and xdotool for all but
the first figures.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from figures import emit, json_of

BIN = sys.argv[1]
with open(f"{BIN}/../share/powerdown/recorded/held_out.jsonl", encoding="utf-8") as lines:
    RECORDED = sum(1 for _ in lines)  # one line for each recorded run
ENDLESS = ["--task", "random-labels", "--modulus", "23", "--max-steps", "50000000",
           "--evaluate-every", "20"]
STARTS, WATCH_S, REST_S = 5, 20, 60


def frames(points):
    figures = json_of(f"{BIN}/frames", str(points))
    against = f"500 runs, 20 curves of {points:,} reports, 10 metrics each; no rasteriser"
    for key, goal in (("curves_p99_ms", 4), ("explore_p99_ms", 4), ("live_p99_ms", 4),
                      ("worst_click_ms", 16), ("memory_mb", 300)):
        emit(f"frames.{key.removesuffix('_ms').removesuffix('_mb')}_{points}", figures[key],
             key.rsplit("_", 1)[1].upper().replace("MS", "ms"), against, f"< {goal}",
             figures[key] < goal)


def cli(*words):
    done = subprocess.run([f"{BIN}/powerdown", *words, "--output", "json"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=300)
    return json.loads(done.stdout)


def screen():
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1440x900x24"],
                              pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as line:
        os.environ["DISPLAY"] = f":{line.readline().strip()}"
    return server


class Window:
    def __init__(self, folder, *flags):
        self.figures = f"{folder}/figures"
        self.began = time.time()
        self.process = subprocess.Popen([f"{BIN}/powerdown-gui", "--scale", "1", "--figures",
                                         self.figures, *flags])

    def close(self):
        subprocess.run(["xdotool", "keydown", "ctrl", "keydown", "q", "sleep", "0.1", "keyup", "q", "keyup",
                        "ctrl"], check=True)
        self.process.wait(30)
        with open(self.figures, encoding="utf-8") as file:
            return json.load(file)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def starts(folder):
    times = []
    for _ in range(STARTS):
        window = Window(folder)
        time.sleep(4)
        times.append(1000 * (window.close()["first_curve_at"] - window.began))
    emit("frames.start_to_first_curve", sorted(times)[STARTS // 2], "ms",
         f"median of {STARTS}, from exec to the frame shown, Xvfb with Mesa's software renderer; "
         f"slowest {max(times):.0f}", "< 500", sorted(times)[STARTS // 2] < 500)


def stream(folder):
    run = cli("run", "submit", *ENDLESS)["run_id"]
    while cli("run", "show", run)["state"] != "running":
        time.sleep(0.1)
    window = Window(folder, "--view", "live")
    time.sleep(WATCH_S)
    news = window.close()["news_ms"]
    cli("run", "cancel", run)
    emit("frames.stream_to_screen_p99", news["p99"], "ms",
         f"{news['count']} frames with news in {WATCH_S} s beside a training run, software renderer; "
         f"median {news['p50']:.1f}", "< 100", news["p99"] < 100)


def rest(folder):
    while any(run["state"] == "running" for run in cli("run", "list")):
        time.sleep(0.2)
    words = f"{folder}/words"
    window = Window(folder, "--text", words)
    time.sleep(6)
    before, since = window.cpu_seconds(), os.stat(words).st_mtime_ns
    drawn = 0
    for _ in range(REST_S * 10):
        time.sleep(0.1)
        changed = os.stat(words).st_mtime_ns
        drawn += changed != since
        since = changed
    share = 100 * (window.cpu_seconds() - before) / REST_S
    window.close()
    against = f"{REST_S} s connected, nothing changes"
    emit("frames.at_rest_frames", drawn, "frames", against, "= 0", drawn == 0)
    emit("frames.at_rest_core", share, "%", against, "< 0.5", share < 0.5)


for points in (1_000_000, 10_000_000):
    frames(points)
if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
    sys.exit("tests/bench: frames on a screen need Xvfb and xdotool: apt-get install xvfb xdotool")
with tempfile.TemporaryDirectory() as folder:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        os.environ.pop(name, None)
    os.environ.update(HOME=folder, POWERDOWN_SERVER=f"unix:{folder}/s/powerdown.sock")
    daemon = subprocess.Popen([f"{BIN}/powerdownd", "--state-dir", f"{folder}/s"],
                              stdout=subprocess.PIPE, text=True)
    daemon.stdout.readline()
    display = screen()
    try:
        cli("compare")
        while len(cli("run", "list", "--recorded")) <= RECORDED:
            time.sleep(1)
        starts(folder)
        stream(folder)
        rest(folder)
    finally:
        daemon.terminate()
        daemon.wait(30)
        display.terminate()
        display.wait(30)
