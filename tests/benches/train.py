"""Step time of powerdown-worker against eager PyTorch and against its own plain modules.

Every ratio is taken side by side: the three take turns, round after round, and the median over
rounds of each round's ratio is printed.
"""
import json
import statistics
import sys

from figures import emit, json_of, text_of

BIN, HERE = sys.argv[1], sys.argv[2]
ROUNDS = 5
CASES = {
    "mlp": (["--hidden", "256"], {"eager": (4, 5), "plain": (3, 3)}),
    "transformer": (["--model", "transformer", "--hidden", "512", "--heads", "4"],
                    {"eager": (6, 8), "plain": (5, 5)}),
}


def eager_step_ms(kind):
    # Other lines may come before, from PyTorch.
    printed = text_of("/usr/bin/python3", f"{HERE}/eager_train.py", kind, "40")
    return json.loads(printed.strip().splitlines()[-1])["median_step_ms"]


for kind, (flags, goals) in CASES.items():
    ratios, shares, steps = {"eager": [], "plain": []}, [], []
    for _ in range(ROUNDS):
        eager = eager_step_ms(kind)
        fast = json_of(f"{BIN}/powerdown-worker", "--bench", *flags)
        plain = json_of(f"{BIN}/powerdown-worker", "--bench", "--plain", *flags)["median_step_ms"]
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
