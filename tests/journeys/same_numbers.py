"""Every number that the desktop client shows of compare, fleet and explore is the CLI's, of the same
runs of one daemon: each is read off the drawn text and must be the JSON's, to its last digit. What was
saved is one figure in compare, fleet, report and the client, in dollars, euros and yen, of one training
and of two at once, and with a processor whose meter fails in between.

usage: same_numbers.py BIN. Exits with 77 where the client is not built.
"""
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

from box import Box, end_all, recorded_count, skip, wait_for

BIN = sys.argv[1]
RECORDED = recorded_count(BIN)
SPEC = ["--modulus", "31", "--learning-rate", "0.01", "--weight-decay", "1"]
UNITS = {  # to the JSON's units: joules, grams, dollars, kilometres, plain numbers
    "mWh": 3.6, "Wh": 3600, "kWh": 3.6e6, "MWh": 3.6e9, "GWh": 3.6e12, "mg": 1e-3, "g": 1, "kg": 1e3, "t": 1e6,
    "million": 1e6, "billion": 1e9, "mm": 1e-6, "m": 1e-3, "km": 1, "%": 0.01, "EUR": 1, "JPY": 1, "": 1}
NUMBER = re.compile(r"^\$?(-?[\d,]+(?:\.\d+)?(?:e[+-]?\d+)?)\s?([^\s\d].*)?$")
checked = 0


def same(what, shown, value):
    """`shown` is "11.4 mWh"; half a unit of its last digit is rounding."""
    global checked
    match = NUMBER.match(shown.strip().replace(" CO₂", ""))
    if not match:
        sys.exit(f"{what}: {shown!r} is no number")
    digits, unit = match[1].replace(",", ""), UNITS.get((match[2] or "").strip())
    if unit is None:
        sys.exit(f"{what}: unit of {shown!r} is not known")
    mantissa, _, power = digits.partition("e")
    decimals = len(mantissa.partition(".")[2])
    rounding = 0.5 * 10 ** (int(power or 0) - decimals) * unit
    if abs(float(digits) * unit - value) > rounding * (1 + 1e-6):
        sys.exit(f"{what}: the client shows {shown!r}, the JSON says {value!r}")
    checked += 1


def shows(shown, value):
    try:
        same("", shown, value)
        return True
    except SystemExit:
        return False


def screen(box, view):
    text = f"{box.folder}/{view}.txt"
    subprocess.run(
        [f"{BIN}/powerdown-gui", "--server", box.server, "--screenshot", f"{box.folder}/{view}.png", "--text", text,
         "--view", view, "--size", "1440x2400", "--scale", "1"],
        env={**box.environment, "LIBGL_ALWAYS_SOFTWARE": "1"}, timeout=120, check=True)
    with open(text, encoding="utf-8") as file:
        return file.read().splitlines()


def after(lines, title, place):
    return lines[lines.index(title) + place]


def check_bill(lines, title, joules, grams, cost):
    same(f"{title} energy", after(lines, title, 1), joules)
    carbon, money = after(lines, title, 2).split("·")
    same(f"{title} carbon", carbon, grams)
    same(f"{title} money", money, cost["amount"])


def check_compare(lines, comparison):
    usual, stopped, saved = (comparison[name] for name in ("usual", "stopped", "saved"))
    for title, run in (("○ Usual", usual), ("■ Stopped", stopped)):
        check_bill(lines, title, run["energy"]["gross_joules"], run["co2_grams"], run["cost"])
    check_bill(lines, "▼ Saved", saved["gross_joules"], saved["co2_grams"], saved["cost"])
    same("saved share", after(lines, "▼ Saved", 3).split(" ")[0], saved["share"])
    marks = {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines}
    same("memorised", marks["● memorised"], comparison["memorised_step"])
    same("grokked", marks["◆ grokked"], comparison["grok_step"])
    same("stop", marks["■ stopped here"], stopped["steps"])


def check_fleet(lines, comparison):
    rows = {}
    for line in lines:
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if len(cells) == 6 and cells[0].replace(",", "").isdigit():
            rows[int(cells[0].replace(",", ""))] = cells
    for told in comparison["fleet"]:
        row = rows[told["runs_per_year"]]
        what = f"fleet of {row[0]}"
        same(f"{what}, energy", row[1], told["kwh"] * 3.6e6)
        same(f"{what}, carbon", row[2], told["co2_kg"] * 1e3)
        same(f"{what}, money", row[3], told["cost"]["amount"])
        same(f"{what}, phones", row[4], told["phone_charges"])
        same(f"{what}, car", row[5], told["car_km"])
    tables = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
    for recut in comparison["recuts"]:
        row = next(cells for cells in tables if cells[0] == recut["policy"])
        same(f"{row[0]} schedule, steps", row[1], recut["max_steps"])
        same(f"{row[0]} schedule, share", row[2], recut["share"])


# A forecast that was made when the run had grokked predicted nothing.
def predicted_step(run):
    forecast = run.get("forecast", {})
    is_late = "grok_step" in run and forecast.get("made_at_step", 0) >= run["grok_step"]
    return None if is_late else forecast.get("grok_step")


# Names are cut short on the screen: each row must be one of the runs, and each run one row at most.
def check_explore(lines, runs, comparison):
    table = [[cell.strip() for cell in line.strip("| ").split("|")]
             for line in lines if line.startswith("|")]
    same("runs", table[0][0].split(" ")[0], len(runs))
    left = list(runs)
    for name, grok, predicted, energy, saved in table[1:]:
        def is_shown(run):
            forecast = predicted_step(run)
            for shown, value in ((grok, run.get("grok_step")), (predicted, forecast),
                                 (energy, run.get("energy", {}).get("gross_joules"))):
                if value is None and shown != "–" or value is not None and not shows(shown, value):
                    return False
            whole = name.partition(" ")[2].rstrip("…")
            return run["name"].startswith(whole)
        found = next((run for run in left if is_shown(run)), None)
        if found is None:
            sys.exit(f"explore: no run of the JSON is {name} | {grok} | {predicted} | {energy}")
        left.remove(found)
        if saved != "–" and found.get("comparison_id") == comparison["comparison_id"]:
            same("explore, saved share", saved, comparison["saved"]["share"])
    if len(table) < 50:
        sys.exit(f"explore drew {len(table) - 1} rows only")


class Zone(threading.Thread):
    """A processor's energy counter that counts 40 W, and cannot be read now and then."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.path = f"{folder}/class/powercap/intel-rapl:0"
        self.has_ended = threading.Event()
        os.makedirs(self.path)
        for name, text in (("name", "package-0"), ("max_energy_range_uj", "262143328850")):
            with open(f"{self.path}/{name}", "w", encoding="utf-8") as file:
                file.write(text + "\n")
        self.show("1000000\n")

    def show(self, text):
        with open(f"{self.path}/new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(f"{self.path}/new", f"{self.path}/energy_uj")

    def run(self):
        begun = time.monotonic()
        while not self.has_ended.wait(0.02):
            passed = time.monotonic() - begun
            self.show("" if passed % 3 > 2 else f"{1000000 + int(40e6 * passed)}\n")


def check_saved(box, comparison):
    """The commands that tell what was saved, each of the comparison and of its runs."""
    global checked
    saved, usual = comparison["saved"], comparison["usual"]
    if not saved["low_joules"] <= saved["gross_joules"] <= saved["high_joules"]:
        sys.exit(f"saved lies outside of its band: {saved}")
    if saved["share"] != saved["gross_joules"] / usual["energy"]["gross_joules"]:
        sys.exit(f"the saved share is of another energy: {comparison}")
    for name in ("usual", "stopped"):
        shown = box.cli("run", "show", comparison[name]["run_id"])
        if comparison["mode"] == "parallel" or name == "usual":
            if shown["energy"] != comparison[name]["energy"] or shown["cost"] != comparison[name]["cost"]:
                sys.exit(f"run show and compare differ: {shown['energy']} {comparison[name]['energy']}")
    for asked in (comparison["comparison_id"], usual["run_id"], comparison["stopped"]["run_id"]):
        told = box.cli("fleet", asked)["saved"]
        for key in ("gross_joules", "low_joules", "high_joules"):
            if told[key] != saved[key]:
                sys.exit(f"fleet {asked} tells {key} {told[key]!r}, compare {saved[key]!r}")
            checked += 1
    wait_for("the report", lambda: box.cli("report")["pending_runs"] == 0)
    reported = box.cli("report")["stop"]["saved_joules"]
    if abs(reported - saved["gross_joules"]) > 1e-9 * saved["gross_joules"]:
        sys.exit(f"report tells {reported!r} saved, compare {saved['gross_joules']!r}")
    checked += 1


def check_currency(folder, currency, price, *mode):
    """One comparison of a daemon that has nothing else, on a processor whose meter fails now and then."""
    os.makedirs(f"{folder}/recorded")
    zone = Zone(f"{folder}/sys")
    zone.start()
    box = Box(BIN, folder, "--price-per-kwh", price, "--price-currency", currency, "--recorded-dir", f"{folder}/recorded",
              "--sysfs-root", f"{folder}/sys", "--nvml-library", "libnone.so")
    comparison = box.cli("compare", *SPEC, *mode)
    if comparison["saved"]["cost"]["currency"] != currency:
        sys.exit(f"the cost is not in {currency}: {comparison['saved']}")
    check_saved(box, comparison)
    check_compare(screen(box, "compare"), comparison)
    check_fleet(screen(box, "fleet"), comparison)
    box.end()
    zone.has_ended.set()


def main():
    if not os.path.exists(f"{BIN}/powerdown-gui"):
        skip("powerdown-gui is not built")
    with tempfile.TemporaryDirectory() as folder:
        try:
            box = Box(BIN, folder)
            comparison = box.cli("compare", *SPEC)
            check_compare(screen(box, "compare"), comparison)
            check_fleet(screen(box, "fleet"), comparison)
            # Recorded runs come into a new daemon little by little.
            wait_for("recorded runs", lambda: len(box.cli("run", "list", "--recorded")) > RECORDED, 240, every=0.2)
            runs = box.cli("run", "list", "--recorded")
            check_explore(screen(box, "explore"), runs, comparison)
            box.end()
            check_currency(f"{folder}/euros", "EUR", "0.31")
            check_currency(f"{folder}/yen", "JPY", "31", "--parallel")
        finally:
            end_all()
    print(f"{checked} numbers are the same")


main()
