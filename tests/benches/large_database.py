"""Writes the state folder of a daemon with a long history, for tests/bench history: ended runs copied from
the recorded ones under new ids, with reports, events and ledger, and one run of very many reports. All in one
transaction of plain SQL over the schema that the daemon itself made, so it keeps up with migrations.

usage: large_database.py BIN FOLDER [RUNS [REPORTS_OF_LONG_RUN]]
"""
import os
import sqlite3
import subprocess
import sys
import time

RUNS = 20_000
LONG_REPORTS = 10_000_000
INTERVALS_A_RUN = 60  # half a minute of training at two samples a second
FIRST_ID = 0x019D_0000_0000_0000
OWNERS = ["ada", "bea", "cleo", "dora"]
RECORDED = f"{os.path.dirname(os.path.abspath(__file__))}/../../deploy/recorded"
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def id_of(number, length):
    """As the daemon's ids: Crockford's base 32, ascending."""
    text = ""
    for _ in range(length):
        text = DIGITS[number % 32] + text
        number //= 32
    return text


def take_in_recorded(bin_folder, folder):
    """Lets a daemon make the schema and take in the recorded runs; returns how many."""
    log = open(f"{folder}.log", "w")
    daemon = subprocess.Popen([f"{bin_folder}/powerdownd", "--state-dir", folder, "--recorded-dir", RECORDED],
                              stdout=log, stderr=log)
    try:
        count, calm = -1, 0
        while calm < 20:  # 4 s without a new run: all are here
            time.sleep(0.2)
            if daemon.poll() is not None:
                raise SystemExit(f"powerdownd ended; see {folder}.log")
            try:
                with sqlite3.connect(f"file:{folder}/powerdown.db?mode=ro", uri=True) as database:
                    now = database.execute("SELECT count(*) FROM runs").fetchone()[0]
            except sqlite3.OperationalError:
                continue
            calm = calm + 1 if now == count and now > 0 else 0
            count = now
        return count
    finally:
        daemon.terminate()
        daemon.wait()


class Copier:
    """Copies runs with all that hangs on them."""

    def __init__(self, database):
        self.database = database
        self.revision = self.counter("revision")
        self.runs = self.counter("run")

    def counter(self, name):
        return self.database.execute("SELECT value FROM counters WHERE name = ?", (name,)).fetchone()[0]

    def next_short_id(self):
        self.runs += 1
        return f"'{self.runs}'"

    def columns(self, table):
        return [row[1] for row in self.database.execute(f"PRAGMA table_info({table})")]

    def copy(self, table, template, changes, parameters):
        columns = self.columns(table)
        values = ", ".join(changes.get(column, column) for column in columns)
        return self.database.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE run_id = :template",
            {"template": template, **parameters}).rowcount

    def copy_run(self, template, run_id, owner, created):
        first, last = self.database.execute(
            "SELECT min(revision), max(revision) FROM (SELECT revision FROM reports WHERE run_id = :run UNION ALL "
            "SELECT revision FROM events WHERE run_id = :run)", {"run": template}).fetchone()
        parameters = {"run": run_id, "owner": owner, "created": created, "shift": self.revision + 1 - first}
        later = {"created_unix_us": ":created", "started_unix_us": ":created", "ended_unix_us": ":created + 30000000"}
        self.copy("runs", template, {"run_id": ":run", "owner": ":owner", "origin": "''", "comparison_id": "''",
                                     "short_id": self.next_short_id(), "spec_hash": "spec_hash || :run", **later},
                  parameters)
        self.copy("tags", template, {"run_id": ":run"}, parameters)
        self.copy("attempts", template, {"run_id": ":run"}, parameters)
        moved = {"run_id": ":run", "revision": "revision + :shift"}
        self.copy("reports", template, moved, parameters)
        self.copy("events", template, moved, parameters)
        self.revision += last + 1 - first
        joules = self.database.execute("SELECT coalesce(max(energy_joules), 30) FROM reports WHERE run_id = ?",
                                       (template,)).fetchone()[0]
        add_ledger(self.database, run_id, joules, INTERVALS_A_RUN)

    def finish(self):
        for name, value in (("revision", self.revision), ("run", self.runs)):
            self.database.execute("UPDATE counters SET value = ? WHERE name = ?", (value, name))


def add_ledger(database, run_id, joules, intervals):
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :intervals) "
        "INSERT INTO ledger (consumer, device, boot_id, start_us, end_us, joules, net_joules, low_joules, "
        "high_joules, baseline_watts, source, coverage, variance) SELECT 'run/' || :run || '/1', 'cpu', 'a boot', "
        "i * 500000, (i + 1) * 500000, :joules / :intervals, 0.5 * :joules / :intervals, 0.9 * :joules / :intervals, "
        "1.1 * :joules / :intervals, 20, 'rapl', 1, 0 FROM n",
        {"run": run_id, "joules": joules, "intervals": intervals})


def add_long_run(copier, template, run_id, created, reports):
    """A finished run with a report a step; its curves wander, with a spike now and then."""
    database = copier.database
    later = {"created_unix_us": str(created), "started_unix_us": str(created),
             "ended_unix_us": str(created + reports * 1000)}
    copier.copy("runs", template, {"run_id": ":run", "owner": "'ada'", "origin": "''", "name": "'the long one'",
                                   "short_id": copier.next_short_id(),
                                   "state": "'finished'", "steps": str(reports), "max_steps": str(reports),
                                   **later}, {"run": run_id})
    database.execute("INSERT INTO attempts (run_id, attempt, first_step, last_step, started_unix_us, outcome, reason) "
                     "VALUES (?, 1, 0, ?, ?, 'finished', '')", (run_id, reports, created))
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :reports) "
        "INSERT INTO reports (revision, run_id, attempt, step, time_unix_us, monotonic_us, train_loss, "
        "train_accuracy, validation_loss, validation_accuracy, gradient_norm, weight_norm, activation_sparsity, "
        "power_watts, energy_joules) SELECT :revision + i, :run, 1, i, :created + i * 1000, i * 1000, "
        "iif(i % 100003 = 0, 9.0, 3.0 * 100000 / (100000 + i)), min(1.0, i / 20000.0), "
        "4.0 * 3000000 / (3000000 + i) + (i % 7) * 0.01, min(1.0, i / 4000000.0), 1.0 + (i % 13) * 0.1, "
        "30.0 + i * 0.000001, 0.5, 20 + (i % 5), i * 0.02 FROM n",
        {"run": run_id, "revision": copier.revision, "created": created, "reports": reports})
    copier.revision += reports
    add_ledger(database, run_id, reports * 0.02, min(20_000, reports // 500))


def write(bin_folder, folder, runs=RUNS, long_reports=LONG_REPORTS):
    """Returns the id of the long run; '' if none is asked for."""
    take_in_recorded(bin_folder, folder)
    database = sqlite3.connect(f"{folder}/powerdown.db", isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -400000")
    database.execute("BEGIN IMMEDIATE")
    templates = [row[0] for row in database.execute("SELECT run_id FROM runs WHERE origin = 'recorded' ORDER BY 1")]
    length = len(templates[0])
    first = 1_790_000_000_000_000  # a time of day in microseconds
    copier = Copier(database)
    for i in range(runs):
        copier.copy_run(templates[i % len(templates)], id_of((FIRST_ID << 40) + i, length), OWNERS[i % len(OWNERS)],
                        first + i * 60_000_000)
    long_run = ""
    if long_reports:
        long_run = id_of((FIRST_ID << 40) + runs, length)
        add_long_run(copier, templates[0], long_run, first + runs * 60_000_000, long_reports)
    copier.finish()
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return long_run


if __name__ == "__main__":
    begin = time.monotonic()
    counts = [int(word) for word in sys.argv[3:5]]
    print(write(sys.argv[1], sys.argv[2], *counts))
    print(f"written in {time.monotonic() - begin:.0f} s", file=sys.stderr)
