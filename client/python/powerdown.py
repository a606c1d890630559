"""Reports from a training loop to PowerDown. One file without dependencies; Python 3.8 or newer.

    import powerdown
    for step in range(steps):
        ...
        told = powerdown.report(step, train_accuracy=a, validation_accuracy=b, train_loss=c)
        if told.stop:
            break

Under `powerdown exec` or `powerdown run submit` the reports go to the run; anywhere else, and on
every rank but the first, a report does nothing. No call raises an error into a training: what
goes wrong is said once on stderr. Thread-safe, and safe in processes that were forked.

The runner says by environment variables where things are (docs/your-own-training.md):
POWERDOWN_REPORTS, a file to which JSON lines are appended; POWERDOWN_STOP, a path that exists
once the program should stop; POWERDOWN_ENERGY, a JSON file with the energy so far.
"""

import json as _json
import os as _os
import sys as _sys
import threading as _threading
import time as _time

__all__ = ["report", "window", "should_stop", "is_active", "Told", "Window", "Energy"]

# Seconds between two looks at the file that says stop. A look takes about 2 microseconds.
_STOP_PERIOD = 0.1
# Bytes of one line; the reader takes up to 1 MiB. Longer: the training reported no numbers.
_MOST_LINE = 1 << 16
# Bytes of the energy file that are read; the runner writes about 100.
_MOST_ENERGY = 1 << 12
_RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


class Told:
    """What PowerDown answers to a report."""

    __slots__ = ("stop",)

    def __init__(self, stop):
        self.stop = stop  # whether the training should end now

    def __bool__(self):
        return self.stop

    def __repr__(self):
        return "Told(stop=%r)" % self.stop


_GO_ON = Told(False)
_STOP = Told(True)


class Energy:
    """Joules of the run and its band, from `low` to `high`; None where they are not known."""

    __slots__ = ("joules", "low", "high", "coverage")

    def __init__(self, joules=None, low=None, high=None, coverage=None):
        self.joules = joules
        self.low = low
        self.high = high
        self.coverage = coverage  # the share of the time in which a meter was read

    def __repr__(self):
        if self.joules is None:
            return "Energy(not known)"
        return "Energy(%.6g J, %.6g to %.6g)" % (self.joules, self.low, self.high)


def _rank():
    for name in _RANKS:
        value = _os.environ.get(name)
        if value:
            try:
                return int(value)
            except ValueError:
                pass
    return 0


class _Channel:
    """The way to the runner, as the environment said it when this module was loaded."""

    def __init__(self):
        self.reports = _os.environ.get("POWERDOWN_REPORTS") or None
        self.stop_path = _os.environ.get("POWERDOWN_STOP") or None
        self.energy_path = _os.environ.get("POWERDOWN_ENERGY") or None
        if _rank() != 0:  # ranks are told to stop as the first one is, and report nothing
            self.reports = None
        self.renew()
        self.next_look = 0.0
        self.is_stopped = False

    def renew(self):
        """What a process has for itself: again after a fork, as the lock may be held there."""
        self.lock = _threading.RLock()  # a signal's handler may report too
        self.file = None
        self.is_torn = False  # the last line was written in part
        self.has_complained = False

    def complain(self, error):
        """Once, on stderr: a training must not fail or fill a disk because of its reports."""
        if self.has_complained:
            return
        self.has_complained = True
        try:
            _sys.stderr.write("powerdown: a report was not written: %s\n" % error)
        except Exception:
            pass

    def write(self, line):
        """One write a line: lines of threads and processes do not mix (O_APPEND)."""
        with self.lock:
            if self.file is None:
                flags = _os.O_WRONLY | _os.O_APPEND | _os.O_CREAT
                flags |= getattr(_os, "O_CLOEXEC", 0) | getattr(_os, "O_NONBLOCK", 0)
                self.file = _os.open(self.reports, flags, 0o600)
            try:
                text = b"\n" + line if self.is_torn else line
                written = _os.write(self.file, text)
                self.is_torn = written < len(text)
                if self.is_torn:
                    raise OSError("no space is left for it")
            except OSError:
                _os.close(self.file)
                self.file = None  # opened anew by the next report
                raise

    def look_for_stop(self):
        if self.is_stopped or self.stop_path is None:
            return self.is_stopped
        now = _time.monotonic()
        if now >= self.next_look:
            self.next_look = now + _STOP_PERIOD
            self.is_stopped = _os.path.exists(self.stop_path)
        return self.is_stopped


_channel = None  # None: not under PowerDown


def _begin():
    """Reads the environment. Called once by this module; tests call it again."""
    global _channel
    channel = _Channel()
    is_there = channel.reports or channel.stop_path or channel.energy_path
    _channel = channel if is_there else None


def _after_fork():
    if _channel is not None:
        # The descriptor is the parent's too, and is left to it: a line is one write to the end.
        _channel.renew()


def _number(value):
    """A float of what people have for numbers: also tensors and arrays with one element."""
    if type(value) is float or type(value) is int:
        return float(value)
    if value is None or isinstance(value, (str, bytes)):
        return None
    item = getattr(value, "item", None)  # numpy, torch, jax, tensorflow
    if item is None:
        numpy = getattr(value, "numpy", None)
        if numpy is not None:
            value = numpy()
            item = getattr(value, "item", None)
    return float(item() if item is not None else value)


def _line(step, metrics):
    if step is None:
        step = metrics.get("step")
    item = getattr(step, "item", None)
    row = {"step": int(step if item is None else item()), "time": _time.time()}
    for name, value in metrics.items():
        if name in row:
            continue
        try:
            number = _number(value)
        except Exception:  # a text, a list, a tensor of several elements: no number
            number = None
        if number is not None:
            row[name] = number
    line = (_json.dumps(row) + "\n").encode()
    if len(line) > _MOST_LINE:
        raise ValueError("a report has %d bytes; allowed: up to %d" % (len(line), _MOST_LINE))
    return line


def report(step=None, /, **metrics):
    """Tells PowerDown of a step. Returns what it answers: `.stop` says whether to end.

    Forecasts and the stop rule use train_accuracy and validation_accuracy (fractions, 0 to 1),
    train_loss and validation_loss, gradient_norm and weight_norm; any other metric is kept,
    charted and exported. Numbers may be NaN or infinite; what is None is left out.
    """
    channel = _channel
    if channel is None:
        return _GO_ON
    try:
        if channel.reports is not None:
            channel.write(_line(step, metrics))
    except Exception as error:
        channel.complain(error)
    return _STOP if should_stop() else _GO_ON


def should_stop():
    """Whether PowerDown asks the program to end. Looks at most every 0.1 s."""
    channel = _channel
    if channel is None:
        return False
    try:
        return channel.look_for_stop()
    except Exception:
        return False


def is_active():
    """Whether this program runs under PowerDown."""
    return _channel is not None


def _read_energy(path):
    """What the runner wrote last: renewed each second, aside and then in its place, never half."""
    with open(path, "rb") as file:
        text = _json.loads(file.read(_MOST_ENERGY).decode())
    reading = {name: float(text[name]) for name in ("time", "joules", "low", "high")}
    coverage = text.get("coverage")
    reading["coverage"] = None if coverage is None else float(coverage)
    reading["age"] = max(0.0, _time.time() - reading["time"])
    return reading


class Window(Energy):
    """A stretch of a training: its joules and their band once it has ended, else None.

    The runner renews the energy each second. What was drawn since, at both ends, is taken from the
    mean power of the window, and may be none or twice that: so the band of a window of a few
    seconds is wide, and a window within one second is not known.
    """

    __slots__ = ("name", "seconds", "_begin", "_started")

    def __init__(self, name=""):
        super().__init__()
        self.name = name
        self.seconds = None
        self._begin = None
        self._started = 0.0

    def _read(self):
        channel = _channel
        if channel is None or not channel.energy_path:
            return None
        try:
            return _read_energy(channel.energy_path)
        except Exception:  # not there yet, or not known
            return None

    def __enter__(self):
        self._started = _time.monotonic()
        self._begin = self._read()
        return self

    def __exit__(self, kind, error, trace):
        self.seconds = _time.monotonic() - self._started
        end = self._read()
        if self._begin is not None and end is not None:
            self._close(self._begin, end)
        return False  # errors of the training are its own

    def _close(self, begin, end):
        seconds = end["time"] - begin["time"]
        drawn = end["joules"] - begin["joules"]
        if not (seconds > 0.0 and drawn >= 0.0):
            return
        power = drawn / seconds
        before, after = power * begin["age"], power * end["age"]
        self.joules = max(0.0, drawn + after - before)
        # The meter's gain is the same at both ends: bounds are subtracted as the joules are.
        low = min(drawn, end["low"] - begin["low"]) - 2 * before
        high = max(drawn, end["high"] - begin["high"]) + 2 * after
        self.low = max(0.0, min(self.joules, low))
        self.high = max(self.joules, high)
        self.coverage = end["coverage"]


def window(name=""):
    """`with powerdown.window("epoch") as epoch: …`, then `epoch.joules`, `.low`, `.high`."""
    return Window(name)


if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(after_in_child=_after_fork)
_begin()
