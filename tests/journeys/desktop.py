"""The desktop client on a screen of its own, driven by its keyboard, against a real daemon: pair,
submit, watch, stop, compare, explore, quiz, lose the connection, come back.

usage: desktop.py BIN [PART] [--pictures FOLDER]. PART: journey, first_start or thin_line; without it, all. Exits
with 77 where there is no Xvfb, xdotool or client.
"""
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from box import Box, clean_environment, end_all, recorded_count, skip, start, wait_for

BIN = sys.argv[1]
RECORDED = recorded_count(BIN)
PART = sys.argv[2] if sys.argv[2:] and sys.argv[2] != "--pictures" else None
PICTURES = sys.argv[sys.argv.index("--pictures") + 1] if "--pictures" in sys.argv else None
LONG_NAME = "a run whose name goes on and on " * 9 + "to its end"  # 298 characters


def skip_unless_possible():
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    if not os.path.exists(f"{BIN}/powerdown-gui"):
        skip("powerdown-gui is not built")


class Screen:
    def __init__(self, size="1280x800"):
        read, write = os.pipe()
        self.server = start("Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp",
                            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as line:
            self.display = f":{line.readline().strip()}"


class Client:
    def __init__(self, folder, screen, *flags, size="1280x800"):
        home = f"{folder}/laptop"
        os.makedirs(home, exist_ok=True)
        self.words, self.figures = f"{folder}/words", f"{folder}/figures"
        self.environment = clean_environment(HOME=home, DISPLAY=screen.display, LIBGL_ALWAYS_SOFTWARE="1")
        self.window = start(f"{BIN}/powerdown-gui", "--size", size, "--scale", "1", "--text", self.words,
                            "--figures", self.figures, *flags, env=self.environment)

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

    def control(self, name):
        self.xdotool("keydown", "ctrl", "keydown", name, "sleep", "0.1", "keyup", name, "keyup", "ctrl")
        time.sleep(0.2)

    # Finds it in the palette.
    def find(self, text):
        self.control("k")
        self.sees("Train & Compare", "view 1", seconds=20)
        self.type(text)
        self.key("Return")

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
    box = Box(BIN, f"{folder}/box")
    client = Client(folder, screen)
    client.sees("Start here", "Use this computer", "Play the demo")
    client.focus()
    client.picture("first-start")

    # Pair: the key that searches leads to the field.
    client.key("6")
    client.sees("No server", "Look at recorded runs")
    client.key("slash")
    client.type(box.pair("ada", "--role", "admin"))
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
    box.end(signal.SIGKILL)
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
    box.end(signal.SIGKILL)


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
    box = Box(BIN, f"{folder}/box")
    box.cli("run", "submit", "--modulus", "23", "--width", "16", "--hidden", "16", "--max-steps", "40",
            "--sweep", "seed=0..498", "--name", LONG_NAME[:280])
    box.cli("run", "submit", "--task", "random-labels", "--modulus", "23", "--max-steps", "5000000",
            "--evaluate-every", "200", "--name", "the newest")
    line = ThinLine(int(box.port))
    client = Client(folder, screen, size="640x400")
    client.sees("Use this computer")
    client.focus()
    client.key("6", "slash")
    client.type(box.pair("ada", "--role", "admin").replace(f":{box.port}/", f":{line.port}/"))
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
    box.end(signal.SIGKILL)


def first_start(folder, screen):
    """From the first start to a saved report: no server, no page of servers, and the demo plays."""
    client = Client(folder, screen)
    client.sees("Start here", "Use this computer", "Play the demo")
    client.focus()
    client.find("play demo")
    client.sees("and growing")
    before = client.text()
    client.picture("demo-plays")
    wait_for("the demo goes on", lambda: client.text() != before, 20)
    wait_for("its end", lambda: "of the energy" in client.text() and "and growing" not in client.text(), 60)
    client.find("save report")
    pages = []
    wait_for("a saved report", lambda: pages.extend(
        glob.glob(f"{folder}/laptop/**/powerdown-report-*.html", recursive=True)) or pages, 20)
    with open(pages[0], encoding="utf-8") as page:
        if "How it learned" not in page.read():
            sys.exit(f"{pages[0]} is no report")
    client.end()


skip_unless_possible()
with tempfile.TemporaryDirectory() as folder:
    try:
        screen = Screen()
        if PART in (None, "journey"):
            journey(f"{folder}/one", screen)
            print("paired, compared, watched, stopped, explored, quizzed, lost and back")
        if PART in (None, "first_start"):
            first_start(f"{folder}/three", screen)
            print("from the first start to a saved report, by the demo that plays")
        if PART in (None, "thin_line"):
            thin_line_and_small_window(f"{folder}/two", screen)
            print("of use at 64 kbit/s, with 500 runs, in 640x400")
    finally:
        end_all()
