"""How good forecasts and decisions are, what watching a run costs, and how long a modelled one takes.

The shares of watching are medians over rounds; each round trains the whole run.
"""
import statistics
import subprocess
import sys
import time

from figures import emit, json_of, text_of

BIN = sys.argv[1]
ROUNDS = 3
WEIGHTS = "deploy/recorded/predictor.json"
SPECS = {
    "defaults": ["--task", "addition", "--max-steps", "1500"],
    "late grok": ["--task", "addition", "--modulus", "29", "--width", "32", "--hidden", "64", "--train-fraction",
                  "0.75", "--learning-rate", "0.0015", "--weight-decay", "0.2", "--max-steps", "20000"],
    "transformer": ["--model", "transformer", "--modulus", "23", "--train-fraction", "0.7", "--max-steps", "1000"],
    "quadratic": ["--model", "quadratic", "--loss", "mse", "--learning-rate", "0.004", "--weight-decay", "1",
                  "--modulus", "23", "--train-fraction", "0.7", "--max-steps", "4000"],
}


# The second also judges runs of operations that no forecast was trained on.
for on in ([], ["--on", "tests/data/unseen"]):
    print(text_of(f"{BIN}/powerdown", "predictor", "evaluate", *on, "--output", "jsonl"), end="", flush=True)

begin = time.monotonic()
subprocess.run([f"{BIN}/powerdown", "demo", "--simulate", "--speed", "1000", "--task", "subtraction", "--modulus", "31"],
               stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
seconds = time.monotonic() - begin
emit("simulation.seconds", seconds, "s", "demo --simulate at 1000 times the speed", "at most 10", seconds <= 10)

for name, spec in SPECS.items():
    rounds = [json_of(f"{BIN}/powerdown-worker", "--bench", "--watch", WEIGHTS, *spec)
              for _ in range(ROUNDS)]
    share = 100 * statistics.median(one["watch_share"] for one in rounds)
    parts = ", ".join(
        f"{part} {100 * statistics.median(one[part + '_seconds'] / one['run_seconds'] for one in rounds):.2f}%"
        for part in ("decision", "feature", "extra_evaluation"))
    emit(f"watching.{name.replace(' ', '_')}", share, "% of the run's processor time",
         f"{parts}; median of {ROUNDS} runs", "at most 1", share <= 1, digits=4)
