"""What metering costs, and whether the bands hold.

The step time with and without a sampler beside it is taken by turns, and the median over rounds of
each round's ratio is printed.
"""
import re
import statistics
import subprocess
import sys

from figures import emit, json_of, text_of

BIN = sys.argv[1]
ROUNDS = 7


def step_ms():
    return json_of(f"{BIN}/powerdown-worker", "--bench")["median_step_ms"]


cost = json_of(f"{BIN}/sampling_cost", "ticks", "3000")
share = 100 * cost["core_share"]
emit("energy sampling cost", share, "% of a core", "8 scripted GPUs at 10 Hz, without the driver's own time",
     "< 0.5", share < 0.5, digits=4)

ratios = []
for round_number in range(ROUNDS):
    def metered():
        sampler = subprocess.Popen([f"{BIN}/sampling_cost", "meter", "600"])
        try:
            return step_ms()
        finally:
            sampler.terminate()
            sampler.wait()

    first, second = (metered, step_ms) if round_number % 2 else (step_ms, metered)
    a, b = first(), second()
    ratios.append(a / b if round_number % 2 else b / a)
change = 100 * abs(statistics.median(ratios) - 1)
emit("energy metering slows a step by", change, "%", f"no metering, median of {ROUNDS} pairs", "< 1", change < 1, digits=4)

GOALS = {"all": None, "rapl": 11, "nvml-counter": 11, "nvml-instant": 15, "nvml-average": 15}
for line in text_of(f"{BIN}/energy_scenarios", "--count", "1000").splitlines():
    found = re.match(r"(\S+)\s+(\d+) played\s+([\d.]+)% in band\s+median band ±([\d.]+)%", line)
    source, played, in_band, band = found[1], found[2], float(found[3]), float(found[4])
    if source == "all":
        emit("energy truth in the stated band", in_band, "%", f"{played} random scenarios", ">= 95", in_band >= 95)
    else:
        emit(f"energy median band {source}", band, "±%", f"{played} random scenarios", f"<= {GOALS[source]}",
             band <= GOALS[source])
