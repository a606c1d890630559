"""A box and laptops in network namespaces of their own: pair, submit, watch, quiz and stop, straight
and through a proxy that translates the port; and a daemon that is killed while two laptops submit.

usage: two_networks.py BIN [PART]. PART: straight, through_a_proxy or killed_while_two_submit; without it,
all. Exits with 77 where it may not make network namespaces.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from box import Box, clean_environment, end_all, skip, start, wait_for

BIN = sys.argv[1]
BOX, LAPTOP = f"pd-box-{os.getpid()}", f"pd-laptop-{os.getpid()}"
BOX_ADDRESS, LAPTOP_ADDRESS = "10.231.77.1", "10.231.77.2"
PORT, PROXY_PORT = 7443, 9001
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


def make_box(folder, *flags):
    return Box(BIN, f"{folder}/box", *flags, listen=f"{BOX_ADDRESS}:{PORT}", within=("ip", "netns", "exec", BOX))


class Laptop:
    def __init__(self, folder, user):
        self.home, self.user = f"{folder}/{user}", user
        os.makedirs(self.home, exist_ok=True)

    def words(self, *words):
        return ["ip", "netns", "exec", LAPTOP, f"{BIN}/powerdown", *words]

    def cli(self, *words):
        return run(*self.words(*words), env=clean_environment(HOME=self.home))

    def ask(self, *words):
        return json.loads(self.cli("--server", "box", *words, "--output", "json"))

    def start(self, *words):
        return start(*self.words("--server", "box", *words), stdout=subprocess.PIPE, text=True,
                     env=clean_environment(HOME=self.home), stderr=subprocess.STDOUT)

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
    wait_for("100 steps", lambda: laptop.ask("run", "show", endless)["steps"] >= 100)
    assert laptop.ask("quiz", endless, "--at", "latest")["score"] < 0.5
    laptop.cli("--server", "box", "run", "stop", endless)
    wait_for("the stop", lambda: laptop.ask("run", "show", endless)["state"] != "running")
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
    proxy = start("ip", "netns", "exec", LAPTOP, sys.executable, "-c", code, stdout=subprocess.PIPE,
                  stderr=subprocess.DEVNULL, text=True)
    proxy.stdout.readline()
    return proxy


def straight(folder):
    box, laptop = make_box(folder), Laptop(folder, "ada")
    laptop.add(box.pair("ada"))
    follow_the_journey(laptop)
    box.end()


def through_a_proxy(folder):
    box = make_box(folder, "--advertise", f"{LAPTOP_ADDRESS}:{PROXY_PORT}")
    laptop = Laptop(folder, "ada")
    translate_ports()
    pairing = box.pair("ada")
    assert f"{LAPTOP_ADDRESS}:{PROXY_PORT}" in pairing, "the pairing names the advertised address"
    laptop.add(pairing)
    follow_the_journey(laptop)
    box.end()


def killed_while_two_submit(folder):
    box, laptops = make_box(folder), [Laptop(folder, "ada"), Laptop(folder, "bob")]
    for laptop in laptops:
        laptop.add(box.pair(laptop.user))
    submitting = [laptop.start("run", "submit", "--sweep", "seed=0..19", "--name", laptop.user, *TINY, "--wait",
                               "--output", "json") for laptop in laptops]
    wait_for("20 runs", lambda: len(laptops[0].ask("run", "list")) >= 20)
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
    box.end()


def skip_unless_possible():
    """By making a pair of networks: a container may run as root and yet may not do this."""
    if shutil.which("ip") is None:
        skip("iproute2 is not installed")
    if os.geteuid() != 0:
        skip("it takes root to make network namespaces")
    try:
        make_networks()
        run("ip", "netns", "exec", LAPTOP, "true")
    except SystemExit as refusal:
        remove_networks()
        skip(f"this box may not make network namespaces: {refusal}")


def main():
    parts = {part.__name__: part for part in (straight, through_a_proxy, killed_while_two_submit)}
    skip_unless_possible()
    try:
        for name in sys.argv[2:] or parts:
            begin = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    parts[name](folder)
                finally:
                    end_all()
            print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)
    finally:
        remove_networks()


main()
