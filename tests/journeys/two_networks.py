"""A box and laptops in network namespaces of their own: pair, submit, watch, quiz and stop, straight
and through a proxy that translates the port; and a daemon that is killed while two laptops submit.

usage: two_networks.py BIN. Exits with 77 where it may not make network namespaces.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BIN = sys.argv[1]
BOX, LAPTOP = f"pd-box-{os.getpid()}", f"pd-laptop-{os.getpid()}"
BOX_ADDRESS, LAPTOP_ADDRESS = "10.231.77.1", "10.231.77.2"
PORT, PROXY_PORT = 7443, 9001
SKIPPED = 77
TINY = ["--modulus", "23", "--width", "32", "--hidden", "64", "--max-steps", "300"]


def run(*words, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=240,
                          check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def remove_networks():
    for name in (BOX, LAPTOP):
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)


def make_networks():
    remove_networks()
    for name in (BOX, LAPTOP):
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")
    run("ip", "link", "add", "pd0", "netns", BOX, "type", "veth", "peer", "name", "pd0", "netns", LAPTOP)
    for name, address in ((BOX, BOX_ADDRESS), (LAPTOP, LAPTOP_ADDRESS)):
        run("ip", "-n", name, "address", "add", f"{address}/24", "dev", "pd0")
        run("ip", "-n", name, "link", "set", "pd0", "up")


class Box:
    def __init__(self, folder, *flags):
        self.home, self.flags = f"{folder}/box", flags
        os.makedirs(self.home, exist_ok=True)
        self.start()

    def start(self):
        self.daemon = subprocess.Popen(
            ["ip", "netns", "exec", BOX, f"{BIN}/powerdownd", "--state-dir", f"{self.home}/state",
             "--listen", f"{BOX_ADDRESS}:{PORT}", *self.flags],
            env={**os.environ, "HOME": self.home}, stdout=subprocess.PIPE, text=True)
        self.daemon.stdout.readline()

    def pair(self, user):
        shown = run("ip", "netns", "exec", BOX, f"{BIN}/powerdown", "--server",
                    f"unix:{self.home}/state/powerdown.sock", "server", "pair", "--user", user)
        return next(word for word in shown.split() if word.startswith("powerdown://"))

    def end(self, how=signal.SIGTERM):
        self.daemon.send_signal(how)
        self.daemon.wait(60)


class Laptop:
    def __init__(self, folder, user):
        self.home, self.user = f"{folder}/{user}", user
        os.makedirs(self.home, exist_ok=True)

    def words(self, *words):
        return ["ip", "netns", "exec", LAPTOP, f"{BIN}/powerdown", *words]

    def cli(self, *words):
        return run(*self.words(*words), env={**os.environ, "HOME": self.home})

    def ask(self, *words):
        return json.loads(self.cli("--server", "box", *words, "--output", "json"))

    def start(self, *words):
        return subprocess.Popen(self.words("--server", "box", *words), stdout=subprocess.PIPE, text=True,
                                env={**os.environ, "HOME": self.home}, stderr=subprocess.STDOUT)

    def add(self, pairing):
        self.cli("server", "add", pairing, "--name", "box")


def follow_the_journey(laptop):
    done = laptop.ask("run", "submit", "--wait")
    assert done["state"] == "stopped" and done["owner"] == laptop.user, done
    watched = laptop.cli("--server", "box", "run", "watch", done["run_id"], "--output", "jsonl")
    assert '"event":"grokked"' in watched, watched[-500:]
    quiz = laptop.ask("quiz", done["run_id"], "--at", "grokked")
    assert quiz["score"] > 0.9, quiz
    endless = laptop.ask("run", "submit", "--task", "random-labels", "--max-steps", "5000000")["run_id"]
    while laptop.ask("run", "show", endless)["steps"] < 100:
        time.sleep(0.2)
    assert laptop.ask("quiz", endless, "--at", "latest")["score"] < 0.5
    laptop.cli("--server", "box", "run", "stop", endless)
    while laptop.ask("run", "show", endless)["state"] == "running":
        time.sleep(0.2)
    assert laptop.ask("run", "show", endless)["state"] == "stopped"


def translate_ports():
    """On the laptop's side, as a cloud's port mapping does it: PROXY_PORT there is PORT on the box."""
    code = f"""
import asyncio
async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
async def serve(reader, writer):
    there = await asyncio.open_connection('{BOX_ADDRESS}', {PORT})
    await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
async def main():
    server = await asyncio.start_server(serve, '{LAPTOP_ADDRESS}', {PROXY_PORT})
    print('ready', flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
    proxy = subprocess.Popen(["ip", "netns", "exec", LAPTOP, sys.executable, "-c", code],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    proxy.stdout.readline()
    return proxy


def straight(folder):
    box, laptop = Box(folder), Laptop(folder, "ada")
    try:
        laptop.add(box.pair("ada"))
        follow_the_journey(laptop)
    finally:
        box.end()


def through_a_proxy(folder):
    box = Box(folder, "--advertise", f"{LAPTOP_ADDRESS}:{PROXY_PORT}")
    laptop, proxy = Laptop(folder, "ada"), translate_ports()
    try:
        pairing = box.pair("ada")
        assert f"{LAPTOP_ADDRESS}:{PROXY_PORT}" in pairing, "the pairing names the advertised address"
        laptop.add(pairing)
        follow_the_journey(laptop)
    finally:
        box.end()
        proxy.kill()


def killed_while_two_submit(folder):
    box, laptops = Box(folder), [Laptop(folder, "ada"), Laptop(folder, "bob")]
    try:
        for laptop in laptops:
            laptop.add(box.pair(laptop.user))
        submitting = [laptop.start("run", "submit", "--sweep", "seed=0..19", "--name", laptop.user, *TINY,
                                   "--wait", "--output", "json") for laptop in laptops]
        while len(laptops[0].ask("run", "list")) < 20:
            time.sleep(0.02)
        box.end(signal.SIGKILL)
        box.start()
        for process in submitting:
            output, _ = process.communicate(timeout=200)
            assert process.returncode == 0, output[-2000:]
        runs = laptops[0].ask("run", "list")
        names = sorted(entry["name"] for entry in runs)
        expected = sorted(f"{user} seed={seed}" for user in ("ada", "bob") for seed in range(20))
        assert names == expected, f"{len(names)} runs: {names}"
        assert all(entry["state"] in ("finished", "stopped") for entry in runs), runs
    finally:
        box.end()


def main():
    may_make = ["ip", "netns", "add", "pd-probe"]
    if (os.geteuid() != 0 or shutil.which("ip") is None
            or subprocess.run(may_make, check=False).returncode != 0):
        print("two_networks: skipped: making network namespaces needs root, iproute2, and a "
              "container that allows it")
        sys.exit(SKIPPED)
    run("ip", "netns", "del", "pd-probe")
    make_networks()
    try:
        for journey in (straight, through_a_proxy, killed_while_two_submit):
            begin = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                journey(folder)
            print(f"{journey.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
    finally:
        remove_networks()


main()
