"""How a bench prints what it measured, and reads what programs print."""
import json
import subprocess


def emit(name, value, unit, against, goal, holds, digits=3):
    """One line for tests/bench. value None: not measured."""
    if isinstance(value, float):
        value = round(value, digits)
    print(json.dumps({"name": name, "value": value, "unit": unit, "against": against, "holds": bool(holds),
                      "goal": goal}), flush=True)


def text_of(*command, timeout=900):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, timeout=timeout).stdout


def json_of(*command, timeout=900):
    return json.loads(text_of(*command, timeout=timeout))


def p99(values):
    return sorted(values)[max(0, int(len(values) * 0.99) - 1)]
