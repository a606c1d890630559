"""How long a cold build takes, without ccache, and what one edit costs afterwards.

usage: build.py [--targets TARGET…]. Builds a copy of the working tree in a temporary folder. Other work on
the box lengthens every figure: the load average comes first. --targets measures only these.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from figures import emit, text_of

QUICKSTART = ["powerdownd", "powerdown-worker", "powerdown"]
TARGETS = sys.argv[2:] if sys.argv[1:2] == ["--targets"] else []
os.environ["CCACHE_DISABLE"] = "1"


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"tests/bench: build: {' '.join(command)} failed:\n{done.stdout[-4000:]}")


def build(folder, *targets):
    """Seconds."""
    begin = time.monotonic()
    run("cmake", "--build", folder, *(["--target", *targets] if targets else []))
    return time.monotonic() - begin


def copy_tree(to):
    names = text_of("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(os.path.isfile, names):
        os.makedirs(os.path.dirname(f"{to}/{name}"), exist_ok=True)
        shutil.copy2(name, f"{to}/{name}")


def jobs(folder):
    """Seconds of each command that built something, by its first output."""
    seconds, seen = {}, set()
    with open(f"{folder}/.ninja_log", encoding="utf-8") as log:
        for line in log:
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 5 or (fields[0], fields[1], fields[4]) in seen:
                continue
            seen.add((fields[0], fields[1], fields[4]))
            seconds[fields[3]] = (int(fields[1]) - int(fields[0])) / 1000
    return seconds


def group_of(output):
    if output.endswith(".gch") or "powerdown_headers_" in output:
        return "precompiled headers"
    if output.startswith("tests/"):
        return "tests"
    library = re.search(r"CMakeFiles/powerdown_(\w+)\.dir/", output)
    if library:
        return library[1]
    return "programs" if output.endswith(".o") else "links and generated code"


def sources_of(source, folder, compiled):
    """The sources of an object: one, or those that a unity source includes."""
    path = compiled.removesuffix(".o")
    if "/Unity/" in compiled:
        with open(f"{folder}/{path}", encoding="utf-8") as unity:
            return re.findall(r'#include "(.*)"', unity.read())
    return [f"{source}/{'tests/' if compiled.startswith('tests/') else ''}{path.split('.dir/')[1]}"]


def measure_edit(source, folder, seconds, pattern, target, name, goal):
    """The worst edit: of a source of the object that takes longest, of those that match."""
    objects = [output for output in seconds if re.search(pattern, output) and re.search(r"\.c(c|xx)\.o$", output)]
    slowest = max(objects, key=seconds.get)
    edited = sources_of(source, folder, slowest)[0]
    with open(edited, "a", encoding="utf-8") as file:
        file.write("// edited\n")
    took = build(folder, target or re.search(r"CMakeFiles/(\w+)\.dir", slowest)[1])
    emit(f"build.{name}", took, "s", f"{os.path.relpath(edited, source)} edited: the slowest to compile again",
         f"<= {goal}", took <= goal)


def main():
    load = os.getloadavg()[0]
    emit("build.load", load, "runnable processes", f"{os.cpu_count()} cores, before the build",
         "< 0.5, or every figure is too long", load < 0.5)
    with tempfile.TemporaryDirectory() as root:
        source, folder = f"{root}/source", f"{root}/build"
        copy_tree(source)
        run("cmake", "-S", source, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release")
        if TARGETS:
            emit("build.targets", build(folder, *TARGETS), "s", f"{' '.join(TARGETS)}, cold, without ccache", "", True)
        else:
            quickstart = build(folder, *QUICKSTART)
            emit("build.quickstart", quickstart, "s", f"{', '.join(QUICKSTART)}, cold, without ccache", "<= 240",
                 quickstart <= 240)
            all_of_it = quickstart + build(folder)
            emit("build.everything", all_of_it, "s", "all programs and tests, cold, without ccache", "<= 600",
                 all_of_it <= 600)
        seconds = jobs(folder)
        groups = {}
        for output, took in seconds.items():
            groups[group_of(output)] = groups.get(group_of(output), 0) + took
        for group, took in sorted(groups.items(), key=lambda item: -item[1]):
            emit(f"build.jobs.{group.replace(' ', '_')}", took, "job-seconds",
                 f"of {sum(groups.values()):.0f} in all", "", True)
        if TARGETS:
            return
        measure_edit(source, folder, seconds, r"^CMakeFiles/powerdown_(run|rpc|store|access|meter|notify|daemon)\.dir",
                     "powerdownd", "daemon_edit", 15)
        measure_edit(source, folder, seconds, r"^tests/CMakeFiles/\w+_test\.dir", None, "test_edit", 25)


main()
