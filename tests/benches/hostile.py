"""Sends 100,000 broken and hostile requests to a daemon of its own; see tests/support/hostile.

usage: hostile.py BIN
"""
import os
import re
import subprocess
import sys
import tempfile
import time

from figures import emit

BIN = sys.argv[1]
COUNT = 100_000

with tempfile.TemporaryDirectory() as folder:
    report = f"{folder}/report.xml"
    begin = time.monotonic()
    done = subprocess.run([f"{BIN}/support_hostile_test", f"--gtest_output=xml:{report}"],
                          env={**os.environ, "HOSTILE_REQUESTS": str(COUNT)},
                          stdout=sys.stderr, timeout=900)
    seconds = time.monotonic() - begin
    ends = {int(code): int(count) for code, count in
            re.findall(r'"code_(\d+)" value="(\d+)"', open(report).read())}
    known = {"OK": 0, "invalid": 3, "not found": 5, "denied": 7, "unknown or malformed": 12,
             "unauthenticated": 16}
    told = ", ".join(f"{ends.get(code, 0)} {name}" for name, code in known.items())
    emit("hostile requests", sum(ends.values()), "requests", f"{told}; in {seconds:.0f} s",
         "daemon serves, integrity_check ok, nothing outside its folder",
         done.returncode == 0 and sum(ends.values()) >= COUNT)
