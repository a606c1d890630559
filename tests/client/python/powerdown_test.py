"""Tests of client/python/powerdown.py, and of the examples in docs/your-own-training.md."""

import contextlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import timeit
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "client" / "python"))
import powerdown  # noqa: E402

NAMES = ("POWERDOWN_REPORTS", "POWERDOWN_STOP", "POWERDOWN_ENERGY", "RANK", "SLURM_PROCID",
         "OMPI_COMM_WORLD_RANK", "PMI_RANK")


class Scalar:
    """What numpy and torch have for one number."""

    def __init__(self, *values):
        self.values = values

    def item(self):
        if len(self.values) != 1:
            raise ValueError("only one element can be converted")
        return self.values[0]


class PowerdownTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.saved = {name: os.environ.pop(name, None) for name in NAMES}
        self.reports = os.path.join(self.folder.name, "reports")
        self.stop = os.path.join(self.folder.name, "stop")
        self.energy = os.path.join(self.folder.name, "energy")

    def tearDown(self):
        for name, value in self.saved.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        powerdown._begin()
        self.folder.cleanup()

    def begin(self, **environment):
        """As a program that the runner starts."""
        os.environ.update(POWERDOWN_REPORTS=self.reports, POWERDOWN_STOP=self.stop,
                          POWERDOWN_ENERGY=self.energy)
        os.environ.update(environment)
        powerdown._begin()

    def lines(self):
        with open(self.reports, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def write_energy(self, **values):
        with open(self.energy, "w", encoding="utf-8") as file:
            json.dump(values, file)

    def test_a_report_is_a_line(self):
        self.begin()
        before = time.time()
        self.assertFalse(powerdown.report(7, train_accuracy=0.5, lr=1e-3).stop)
        powerdown.report(8, validation_loss=float("nan"), train_loss=float("inf"))
        first, second = self.lines()
        self.assertTrue(before <= first.pop("time") <= time.time())
        self.assertEqual(first, {"step": 7, "train_accuracy": 0.5, "lr": 1e-3})
        self.assertNotEqual(second["validation_loss"], second["validation_loss"])
        self.assertEqual(second["train_loss"], float("inf"))

    def test_nothing_happens_outside_of_powerdown(self):
        powerdown._begin()
        self.assertFalse(powerdown.is_active())
        self.assertFalse(powerdown.report(1, anything=object()).stop)
        with powerdown.window() as window:
            pass
        self.assertIsNone(window.joules)
        self.assertGreaterEqual(window.seconds, 0)
        self.assertEqual(os.listdir(self.folder.name), [])
        count = 100000
        seconds = timeit.timeit(lambda: powerdown.report(1, train_accuracy=0.5, train_loss=1.0),
                                number=count)
        print("a report outside of PowerDown takes %.2f us" % (seconds / count * 1e6))

    def test_numbers_come_in_many_types(self):
        self.begin()
        powerdown.report(Scalar(3), a=Scalar(0.25), b=True, c=2**70, d=None, e="text", f=[1],
                         g=Scalar(1, 2), h=10**400)
        line = self.lines()[0]
        line.pop("time")
        self.assertEqual(line, {"step": 3, "a": 0.25, "b": 1.0, "c": 2.0**70})

    def test_numbers_of_numpy_and_torch(self):
        """Where they are installed."""
        self.begin()
        expected = {}
        try:
            import numpy
            powerdown.report(numpy.int64(1), value=numpy.float32(0.5), other=numpy.array([2]))
            expected["numpy"] = {"step": 1, "value": 0.5, "other": 2.0}
        except ImportError:
            pass
        try:
            import torch
            powerdown.report(torch.tensor(1), value=torch.tensor(0.5, requires_grad=True),
                             other=torch.tensor([2]))
            expected["torch"] = {"step": 1, "value": 0.5, "other": 2.0}
        except ImportError:
            pass
        if not expected:
            self.skipTest("neither numpy nor torch is installed")
        for line in self.lines():
            line.pop("time")
            self.assertEqual(line, {"step": 1, "value": 0.5, "other": 2.0})
        self.assertEqual(len(self.lines()), len(expected))

    def test_a_bad_report_is_said_once_and_no_error(self):
        self.begin()
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            for step in (None, "x", float("nan"), Scalar(1, 2)):
                powerdown.report(step, loss=1)
            powerdown.report(1, **{"m%d" % i: i for i in range(10000)})
        self.assertEqual(said.getvalue().count("\n"), 1)
        self.assertIn("powerdown: a report was not written: ", said.getvalue())
        powerdown.report(2, step=3, time=4, loss=5)  # names that the line has already
        powerdown.report(step=3, loss=6)
        self.assertEqual([(line["step"], line["loss"]) for line in self.lines()], [(2, 5), (3, 6)])

    def test_a_file_that_cannot_be_written_is_no_error(self):
        self.begin(POWERDOWN_REPORTS=os.path.join(self.folder.name, "no", "such", "folder"))
        with contextlib.redirect_stderr(io.StringIO()) as said:
            for step in range(3):
                self.assertFalse(powerdown.report(step, loss=1).stop)
        self.assertEqual(said.getvalue().count("\n"), 1)
        os.mkfifo(self.reports)  # without a reader: to open it may not wait
        self.begin()
        with contextlib.redirect_stderr(io.StringIO()):
            powerdown.report(1, loss=1)

    def test_a_full_disk_damages_one_line_at_most(self):
        """As a limit of the file's size, in a process of its own, as the limit stays."""
        script = ("import resource, signal, sys; sys.path.insert(0, %r); import powerdown\n"
                  "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
                  "soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
                  "resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))\n"
                  "for step in range(5): powerdown.report(step, loss=0.5)\n"
                  "resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))\n"
                  "for step in range(5, 8): powerdown.report(step, loss=0.5)\n"
                  % str(ROOT / "client" / "python"))
        environment = dict(os.environ, POWERDOWN_REPORTS=self.reports)
        done = subprocess.run([sys.executable, "-B", "-c", script], env=environment,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)
        steps = []
        with open(self.reports, encoding="utf-8") as file:
            for line in file:
                with contextlib.suppress(ValueError):
                    steps.append(json.loads(line)["step"])
        self.assertEqual(steps[-3:], [5, 6, 7])
        self.assertEqual(steps[0], 0)
        self.assertLess(len(steps), 8)

    def test_threads_and_forked_processes_write_whole_lines(self):
        self.begin()

        def write(first):
            for i in range(200):
                powerdown.report(first + i, loss=0.5, name=first)

        threads = [threading.Thread(target=write, args=(1000 * k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        child = os.fork()
        if child == 0:
            write(9000)
            os._exit(0)
        for thread in threads:
            thread.join()
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        steps = sorted(line["step"] for line in self.lines())
        self.assertEqual(steps, sorted([1000 * k + i for k in range(4) for i in range(200)] +
                                       list(range(9000, 9200))))

    def test_a_fork_while_another_thread_writes_does_not_wait_for_it(self):
        self.begin()
        channel = powerdown._channel
        holds = threading.Event()
        ends = threading.Event()

        def hold():
            with channel.lock:
                holds.set()
                ends.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        holds.wait()
        child = os.fork()
        if child == 0:
            powerdown.report(1, loss=1)
            os._exit(0)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        ends.set()
        thread.join()
        self.assertEqual([line["step"] for line in self.lines()], [1])

    def test_the_first_rank_alone_reports(self):
        for name in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"):
            self.begin(**{name: "1"})
            self.assertFalse(powerdown.report(1, loss=1).stop)
            self.assertFalse(os.path.exists(self.reports))
            os.environ[name] = "0"
            powerdown._begin()
            powerdown.report(2, loss=1)
            self.assertEqual([line["step"] for line in self.lines()], [2])
            os.remove(self.reports)
            del os.environ[name]

    def test_every_rank_is_told_to_stop(self):
        self.begin(RANK="3")
        with open(self.stop, "w", encoding="utf-8"):
            pass
        powerdown._channel.next_look = 0
        self.assertTrue(powerdown.report(1, loss=1).stop)

    def test_stop_is_looked_for_ten_times_a_second_and_stays(self):
        self.begin()
        self.assertFalse(powerdown.should_stop())
        with open(self.stop, "w", encoding="utf-8"):
            pass
        self.assertFalse(powerdown.should_stop())  # too early to look again
        powerdown._channel.next_look -= powerdown._STOP_PERIOD
        self.assertTrue(powerdown.report(1, loss=1).stop)
        os.remove(self.stop)
        powerdown._channel.next_look = 0
        self.assertTrue(powerdown.should_stop())

    def test_a_window_knows_its_joules_and_their_band(self):
        self.begin()
        now = time.time()
        self.write_energy(time=now, joules=100, low=90, high=120, coverage=1)
        with powerdown.window("epoch") as window:
            self.write_energy(time=now + 10, joules=600, low=540, high=720, coverage=0.75)
        self.assertEqual(window.name, "epoch")
        self.assertAlmostEqual(window.joules, 500, delta=25)  # 50 W, for the time of this test
        self.assertLessEqual(window.low, 450)
        self.assertGreaterEqual(window.high, 600)
        self.assertLessEqual(window.low, window.joules)
        self.assertEqual(window.coverage, 0.75)

    def test_what_was_drawn_since_the_last_reading_widens_the_band(self):
        self.begin()
        now = time.time()
        self.write_energy(time=now - 1, joules=0, low=0, high=0, coverage=1)
        with powerdown.window() as window:
            self.write_energy(time=now + 9, joules=1000, low=1000, high=1000, coverage=1)
        # 100 W; the window began a second after its first reading, which drew 0 to 200 J.
        self.assertAlmostEqual(window.joules, 900, delta=50)
        self.assertAlmostEqual(window.low, 800, delta=100)
        self.assertGreaterEqual(window.high, window.joules)

    def test_a_window_that_is_not_known_is_none_not_0(self):
        self.begin()
        with powerdown.window() as window:
            pass
        self.assertIsNone(window.joules)
        now = time.time()
        for reading in ({"time": now, "joules": 5, "low": 5, "high": 5},  # not renewed
                        {"time": now, "joules": None, "low": None, "high": None}, {}):
            self.write_energy(**reading)
            with powerdown.window() as window:
                pass
            self.assertIsNone(window.joules)
            self.assertIsNone(window.low)
        with open(self.energy, "wb") as file:
            file.write(b"\xff{")
        with powerdown.window() as window:
            pass
        self.assertIsNone(window.joules)

    def test_an_error_within_a_window_is_the_trainings_own(self):
        self.begin()
        with self.assertRaises(KeyError):
            with powerdown.window():
                raise KeyError("x")


class ExamplesTest(unittest.TestCase):
    """Each block of Python in the page runs, where what it imports is installed."""

    def test_examples_of_the_page_run(self):
        text = (ROOT / "docs" / "your-own-training.md").read_text(encoding="utf-8")
        examples = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.assertGreaterEqual(len(examples), 4)
        run = 0
        for example in examples:
            compile(example, "your-own-training.md", "exec")
            with tempfile.TemporaryDirectory() as folder:
                reports = os.path.join(folder, "reports")
                environment = dict(os.environ, PYTHONPATH=str(ROOT / "client" / "python"),
                                   POWERDOWN_REPORTS=reports)
                done = subprocess.run([sys.executable, "-B", "-c", example], cwd=folder,
                                      env=environment, capture_output=True, text=True, check=False)
                if done.returncode != 0 and "ModuleNotFoundError" in done.stderr:
                    missing = done.stderr.strip().splitlines()[-1]
                    self.assertNotIn("'powerdown'", missing)
                    print("not run:", missing)
                    continue
                self.assertEqual(done.returncode, 0, done.stderr + example)
                if "for step in" in example or "POWERDOWN_REPORTS" in example:
                    with open(reports, encoding="utf-8") as file:
                        lines = [json.loads(line) for line in file]
                    self.assertGreater(len(lines), 0)
                    run += 1
        self.assertGreaterEqual(run, 2)


if __name__ == "__main__":
    unittest.main()
