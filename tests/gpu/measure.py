"""What tests/gpu/run measures: every result is one JSON line in $OUT/results.jsonl, written as it comes.

Steps come in the order of their worth. Each has a time limit of its own, and is left out when what is left
until the end would not do; nothing that fails stops the others.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--device", choices=["cuda", "cpu"], required=True)
parser.add_argument("--build", required=True)
parser.add_argument("--until", type=int, required=True, help="seconds since 1970")
OPTIONS = parser.parse_args()
HERE = pathlib.Path(__file__).resolve().parent
OUT = pathlib.Path(os.environ["OUT"])
WORKER = f"{OPTIONS.build}/bin/powerdown-worker"
IS_GPU = OPTIONS.device == "cuda"
# Width 128 and 30% of the table, as the issue says; small ones for a rehearsal.
MODULI = [113, 59] if IS_GPU else [13, 7]
PACKS = [1, 8, 64, 256] if IS_GPU else [1, 2, 4]
MANY = PACKS[-2]
SHAPE = {"width": "128", "hidden": "512"} if IS_GPU else {"width": "16", "hidden": "32"}
ENVIRONMENT = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1",
                   POWERDOWN_TEST_DEVICE=OPTIONS.device)


def emit(step, **values):
    line = json.dumps({"step": step, **values})
    with open(OUT / "results.jsonl", "a", encoding="utf-8") as results:
        results.write(line + "\n")
    print(line, flush=True)


def spec_flags(model, modulus, fraction="0.3"):
    return ["--device", OPTIONS.device, "--model", model, "--modulus", str(modulus),
            "--train-fraction", fraction, "--width", SHAPE["width"], "--hidden", SHAPE["hidden"]]


def run(step, limit, *command):
    """Its output, or None: it failed, or had too little time; the result says which."""
    left = OPTIONS.until - time.time()
    if left < min(limit, 15):
        emit(step, left_out=f"{left:.0f} s are left")
        return None
    began = time.time()
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False,
                              timeout=min(limit, left))
    except subprocess.TimeoutExpired as late:
        emit(step, failed=f"took longer than {late.timeout:.0f} s")
        return None
    if done.returncode != 0:
        emit(step, failed=f"exit {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}",
             seconds=round(time.time() - began, 1))
        return None
    return done.stdout


class Meter:
    """NVML: the energy counter and power, asked every 20 ms by a thread of its own."""
    PERIOD = 0.02

    def __init__(self):
        self.samples = []  # (monotonic seconds, watts, counter joules, utilisation %)
        self.nvml = None
        self.problem = "a rehearsal without a GPU"
        if not IS_GPU:
            return
        try:
            import pynvml
            pynvml.nvmlInit()
            self.card = pynvml.nvmlDeviceGetHandleByIndex(0)
            self.nvml = pynvml
            self.read()
        except Exception as problem:  # of a library that may be of any version
            self.nvml = None
            self.problem = str(problem)
            return
        self.goes_on = True
        threading.Thread(target=self.follow, daemon=True).start()

    def read(self):
        return (time.monotonic(), self.nvml.nvmlDeviceGetPowerUsage(self.card) / 1e3,
                self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.card) / 1e3,
                self.nvml.nvmlDeviceGetUtilizationRates(self.card).gpu)

    def follow(self):
        while self.goes_on:
            self.samples.append(self.read())
            time.sleep(self.PERIOD)

    def between(self, begin, end):
        """Joules by counter and by integral, mean watts and utilisation; {} where nothing is known."""
        inside = [s for s in list(self.samples) if begin <= s[0] <= end]
        if len(inside) < 2:
            return {}
        seconds = inside[-1][0] - inside[0][0]
        integral = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(inside, inside[1:]))
        return {"counter_joules": inside[-1][2] - inside[0][2], "integral_joules": integral,
                "metered_seconds": seconds, "watts": integral / seconds,
                "utilisation": sum(s[3] for s in inside) / len(inside)}


def check(name, test_filter, limit):
    output = run(name, limit, f"{OPTIONS.build}/bin/server_trainer_test", "--gtest_brief=1",
                 f"--gtest_filter={test_filter}")
    if output is not None:
        emit(name, passed=output.strip().splitlines()[-1])


def idle(meter):
    if meter.nvml is None:
        emit("idle", left_out=meter.problem)
        return
    begin = time.monotonic()
    time.sleep(5)
    emit("idle", context="none", **meter.between(begin, time.monotonic()))


def bench(meter, name, limit, *flags):
    begin = time.monotonic()
    output = run(name, limit, WORKER, "--bench", *flags)
    if output is None:
        return None
    figures = json.loads(output.strip().splitlines()[-1])
    # What is timed comes last.
    emit(name, **figures, **meter.between(max(begin, time.monotonic() - 3), time.monotonic()))
    return figures


def eager(meter, model, modulus, is_compiled, limit):
    name = f"{'compiled' if is_compiled else 'eager'} {model} p={modulus}"
    flags = ["--compile"] if is_compiled else []
    output = run(name, limit, "python3", str(HERE.parent / "benches" / "eager_train.py"), model,
                 "2000" if IS_GPU else "20", "--device", OPTIONS.device, "--modulus", str(modulus),
                 "--fraction", "0.3", "--hidden", SHAPE["hidden"], *flags)
    if output is None:
        return
    figures = json.loads(output.strip().splitlines()[-1])
    metered = meter.between(figures["begin_monotonic"], figures["end_monotonic"])
    if metered:
        metered["joules_per_step"] = metered["counter_joules"] / metered["metered_seconds"] * (
            figures["median_step_ms"] / 1e3)
    emit(name, **figures, **metered)


def to_grok(meter, model, modulus, members, limit):
    name = f"to stop {model} p={modulus} pack={members}"
    output = run(name, limit, WORKER, "--bench", "--to-stop", "--pack", str(members),
                 *spec_flags(model, modulus, "0.3" if IS_GPU else "0.7"), "--max-steps",
                 "30000" if IS_GPU else "300")
    if output is None:
        return
    figures = json.loads(output.strip().splitlines()[-1])
    emit(name, **figures, **meter.between(figures["begin_monotonic_ns"] / 1e9,
                                          figures["end_monotonic_ns"] / 1e9))


def record(meter, seed, model, modulus, limit):
    """One real run of the worker with all it says, and the energy counter at each line."""
    name = f"recorded {model} p={modulus} seed={seed}"
    left = OPTIONS.until - time.time()
    if left < 10:
        emit(name, left_out=f"{left:.0f} s are left")
        return
    folder = OUT / "checkpoints"
    folder.mkdir(exist_ok=True)
    start = {"command": "start", "run_id": f"gpu{seed}", "attempt": 1, "auto_stop": "observe",
             "grok_multiple": 1.32, "directory": str(folder),
             "spec": {"model": model, "modulus": modulus, "train_fraction": 0.3, "seed": seed,
                      "width": int(SHAPE["width"]), "hidden": int(SHAPE["hidden"]),
                      "max_steps": 20000 if IS_GPU else 60, "device": OPTIONS.device}}
    began = time.time()
    worker = subprocess.Popen([WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    timer = threading.Timer(min(limit, left), worker.kill)
    timer.start()
    worker.stdin.write(json.dumps(start) + "\n")
    worker.stdin.flush()
    outcome = "killed at its limit"
    with open(OUT / "recorded.jsonl", "a", encoding="utf-8") as lines:
        for line in worker.stdout:
            said = json.loads(line)
            if meter.nvml is not None:
                said["counter_joules"] = meter.read()[2]
            lines.write(json.dumps({"run": name, **said}) + "\n")
            if said["line"] == "ended":
                outcome = said["outcome"] + " " + said.get("reason", "")
    timer.cancel()
    worker.wait()
    for file in folder.iterdir():  # there is little room in what comes back
        file.unlink()
    folder.rmdir()
    emit(name, outcome=outcome.strip(), seconds=round(time.time() - began, 1))


def main():
    meter = Meter()
    emit("machine", devices=json.loads(run("devices", 60, WORKER, "--devices") or "{}"),
         nvml=meter.problem if meter.nvml is None else "readable")
    idle(meter)
    check("gradients in double", "*PackedNetwork*:*PackedLoss*:*PackedOptimizer*:*RowSums*", 60)
    check("captured and packed", "GraphReplay*:PackTest*:*PackCoursesTest*SingleRuns*", 60)
    for modulus in MODULI:
        for model in ("transformer", "mlp"):
            for members in PACKS:
                bench(meter, f"pack {model} p={modulus} members={members}", 30, "--pack", str(members),
                      *spec_flags(model, modulus))
            eager(meter, model, modulus, False, 30)
        to_grok(meter, "transformer", modulus, 1, 40)
        to_grok(meter, "transformer", modulus, MANY, 60)
    for model in ("mlp", "transformer"):
        eager(meter, model, MODULI[0], True, 60)
    for seed in range(60 if IS_GPU else 2):
        record(meter, seed, "transformer" if seed % 2 else "mlp", MODULI[seed % 4 // 2], 20)
    emit("end", seconds_left=round(OPTIONS.until - time.time()))
    return 0


sys.exit(main())
