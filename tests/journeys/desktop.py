"""The desktop client on a screen of its own, driven by its keyboard, against a real daemon: pair,
submit, watch, stop, compare, explore, quiz, lose the connection, come back.

usage: desktop.py BIN [--pictures FOLDER]. Exits with 77 where there is no Xvfb, xdotool or client.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BIN = sys.argv[1]
with open(f"{BIN}/../share/powerdown/recorded/held_out.jsonl", encoding="utf-8") as lines:
    RECORDED = sum(1 for _ in lines)  # one line for each recorded run
PICTURES = sys.argv[3] if len(sys.argv) > 3 else None
SKIPPED = 77
BEGAN = time.monotonic()
STARTED = []  # ended whatever happens
LONG_NAME = "a run whose name goes on and on " * 9 + "to its end"  # 298 characters


def skip_unless_possible():
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            print(f"{program} is not installed")
            sys.exit(SKIPPED)
    if not os.path.exists(f"{BIN}/powerdown-gui"):
        print("powerdown-gui is not built")
        sys.exit(SKIPPED)


def wait_for(what, is_true, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_true():
            print(f"{time.monotonic() - BEGAN:6.1f} s  {what}", flush=True)
            return
        time.sleep(0.02)
    sys.exit(f"waited {seconds} s in vain: {what}")


class Screen:
    def __init__(self, size="1280x800"):
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        STARTED.append(self.server)
        os.close(write)
        with os.fdopen(read) as line:
            self.display = f":{line.readline().strip()}"


class Box:
    def __init__(self, folder):
        self.folder = f"{folder}/box"
        os.makedirs(self.folder, exist_ok=True)
        self.port = "0"
        self.start()

    def start(self):
        self.daemon = subprocess.Popen(
            [f"{BIN}/powerdownd", "--state-dir", f"{self.folder}/state", "--listen",
             f"127.0.0.1:{self.port}"], env={**os.environ, "HOME": self.folder},
            stdout=subprocess.PIPE, text=True)
        STARTED.append(self.daemon)
        line = self.daemon.stdout.readline()
        self.port = line.rsplit(":", 1)[1].strip()

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(20)

    def cli(self, *words):
        done = subprocess.run(
            [f"{BIN}/powerdown", "--server", f"unix:{self.folder}/state/powerdown.sock", *words,
             "--output", "json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=120,
            env={**os.environ, "HOME": self.folder}, check=True)
        return json.loads(done.stdout)

    def pairing(self):
        return self.cli("server", "pair", "--user", "ada", "--role", "admin")["pairing"]


class Client:
    def __init__(self, folder, screen, *flags, size="1280x800"):
        home = f"{folder}/laptop"
        os.makedirs(home, exist_ok=True)
        self.words, self.figures = f"{folder}/words", f"{folder}/figures"
        self.environment = {**os.environ, "HOME": home, "DISPLAY": screen.display,
                            "LIBGL_ALWAYS_SOFTWARE": "1"}
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "POWERDOWN_SERVER"):
            self.environment.pop(name, None)
        self.window = subprocess.Popen(
            [f"{BIN}/powerdown-gui", "--size", size, "--scale", "1", "--text", self.words,
             "--figures", self.figures, *flags], env=self.environment)
        STARTED.append(self.window)

    def text(self):
        try:
            with open(self.words, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def sees(self, *words, seconds=90):
        try:
            wait_for(f"on the screen: {', '.join(words)}",
                     lambda: all(word in self.text() for word in words), seconds)
        except SystemExit:
            print(self.text(), file=sys.stderr)
            raise

    # There is no window manager to give it the keyboard.
    def focus(self):
        self.xdotool("search", "--sync", "--onlyvisible", "--name", "PowerDown", "windowfocus")

    def xdotool(self, *words):
        subprocess.run(["xdotool", *words], env=self.environment, check=True, timeout=30)

    def key(self, *names):
        for name in names:
            # Held as long as a finger would: a key that is up again before the next frame is none.
            self.xdotool("keydown", name)
            time.sleep(0.1)
            self.xdotool("keyup", name)
            time.sleep(0.1)

    def type(self, text):
        self.xdotool("type", "--delay", "12", text)

    # For people to look at; needs `import` of Debian's imagemagick.
    def picture(self, name):
        if PICTURES:
            subprocess.run(["import", "-window", "root", f"{PICTURES}/{name}.png"],
                           env=self.environment, check=False)

    def end(self):
        self.xdotool("keydown", "ctrl", "keydown", "q", "sleep", "0.1", "keyup", "q", "keyup", "ctrl")
        self.window.wait(30)


def journey(folder, screen):
    box = Box(folder)
    client = Client(folder, screen)
    client.sees("No server", "Use this computer", "Look at recorded runs")
    client.focus()
    client.picture("first-start")

    # Pair: the key that searches leads to the field.
    client.key("slash")
    client.type(box.pairing())
    client.key("Return")
    client.sees("● connected", "Paired with")
    client.key("Escape")
    client.sees("Serving since", "Disconnect")

    # Compare, and watch it groks and stops.
    client.key("1")
    client.sees("New comparison", "Forecast")
    client.key("n")
    client.sees("memorised", "grokked", "stopped here", seconds=170)
    client.sees("of the energy")
    wait_for("its end", lambda: not box.cli("run", "list", "--state", "running"), 170)
    client.picture("compare")

    # Submit one with a name that nobody can fit, watch it, end it.
    box.cli("run", "submit", "--task", "random-labels", "--modulus", "23", "--max-steps", "5000000",
            "--evaluate-every", "200", "--name", LONG_NAME)
    client.key("3")
    client.sees(LONG_NAME[:8], "cpu", "Energy of the box")
    client.key("k", "k", "k")
    client.sees("Accuracy", "running")
    client.picture("live")
    client.key("e")
    wait_for("the stop", lambda: box.cli("run", "list")[0]["state"] == "stopped")
    client.sees("stopped")

    # Explore: recorded runs are there, a search leaves few.
    client.key("4")
    wait_for("recorded runs", lambda: len(box.cli("run", "list", "--recorded")) > RECORDED, 170)
    client.key("slash")
    client.type("division transformer")
    client.sees("division mod")
    client.key("Escape")
    client.picture("explore")

    # Quiz the model that grokked.
    client.key("5")
    client.sees("held-out")
    client.picture("quiz")

    # The daemon dies: what is known stays; it comes back by itself.
    box.kill()
    client.sees("reconnecting", "stale since")
    client.key("4")
    client.sees("division mod")
    client.picture("lost")
    box.start()
    client.sees("connected to")
    client.key("question")
    client.sees("Keys", "next theme")
    client.key("Escape", "6")
    client.sees("Serving since")
    client.end()
    box.kill()


class ThinLine:
    """A proxy that lets 64 kbit/s through, each way."""

    def __init__(self, port):
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.serve, args=(port,), daemon=True).start()

    def serve(self, port):
        while True:
            near, far = self.door.accept()[0], socket.create_connection(("127.0.0.1", port))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while piece := source.recv(1024):
                time.sleep(len(piece) / 8000)
                sink.sendall(piece)
        except OSError:
            pass  # one end has gone


def thin_line_and_small_window(folder, screen):
    box = Box(folder)
    box.cli("run", "submit", "--modulus", "23", "--width", "16", "--hidden", "16", "--max-steps", "40",
            "--sweep", "seed=0..498", "--name", LONG_NAME[:280])
    box.cli("run", "submit", "--task", "random-labels", "--modulus", "23", "--max-steps", "5000000",
            "--evaluate-every", "200", "--name", "the newest")
    line = ThinLine(int(box.port))
    client = Client(folder, screen, size="640x400")
    client.sees("Use this computer")
    client.focus()
    client.key("slash")
    client.type(box.pairing().replace(f":{box.port}/", f":{line.port}/"))
    client.key("Return")
    client.sees("● connected", "Paired with")
    client.key("Escape", "3")
    client.sees("the newest", "Runs", seconds=30)
    client.key("4")
    client.sees("Predicted", "runs", seconds=20)
    client.key("question")
    client.sees("Keys", seconds=20)
    client.key("Escape")
    client.end()
    box.kill()


skip_unless_possible()
with tempfile.TemporaryDirectory() as folder:
    try:
        screen = Screen()
        journey(f"{folder}/one", screen)
        print("paired, compared, watched, stopped, explored, quizzed, lost and back")
        thin_line_and_small_window(f"{folder}/two", screen)
        print("of use at 64 kbit/s, with 500 runs, in 640x400")
    finally:
        for process in reversed(STARTED):
            process.kill()
            process.wait(20)
