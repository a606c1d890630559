"""Step time of powerdown-worker against eager PyTorch and against its own plain modules.

Every ratio is taken side by side: the three take turns, round after round, and the median over
rounds of each round's ratio is printed.
"""
import json
import statistics
import subprocess
import sys

BIN, HERE = sys.argv[1], sys.argv[2]
ROUNDS = 5
CASES = {
    "mlp": (["--hidden", "256"], {"eager": (4, 5), "plain": (3, 3)}),
    "transformer": (["--model", "transformer", "--hidden", "512", "--heads", "4"],
                    {"eager": (6, 8), "plain": (5, 5)}),
}


def last_json(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def emit(name, value, unit, against, goal, holds):
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "against": against,
                      "holds": holds, "goal": goal}), flush=True)


for kind, (flags, goals) in CASES.items():
    ratios, shares, steps = {"eager": [], "plain": []}, [], []
    for _ in range(ROUNDS):
        eager = last_json(["/usr/bin/python3", f"{HERE}/eager_train.py", kind, "40"])["median_step_ms"]
        fast = last_json([f"{BIN}/powerdown-worker", "--bench", *flags])
        plain = last_json([f"{BIN}/powerdown-worker", "--bench", "--plain", *flags])["median_step_ms"]
        step = fast["median_step_ms"]
        ratios["eager"].append(eager / step)
        ratios["plain"].append(plain / step)
        shares.append(fast["peak_gflops_share"])
        steps.append(step)
    for against, (least, moonshot) in goals.items():
        value = statistics.median(ratios[against])
        emit(f"train {kind} speed-up", value, "x", f"{against} PyTorch" if against == "eager" else "own plain modules",
             f">= {least} (moonshot {moonshot})", value >= least)
    emit(f"train {kind} step", statistics.median(steps), "ms", "share of measured sgemm peak "
         f"{statistics.median(shares):.2f}", "", True)
