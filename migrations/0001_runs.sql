-- Times of day are …_unix_us; start_us, end_us and monotonic_us count from a boot.
-- A REAL that is not optional in the program may be NULL here: SQLite stores NaN so.
PRAGMA application_id = 1347896398;  -- "PWDN"

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- The last revision given to a report or an event. It only grows, also when rows are deleted.
INSERT INTO counters VALUES ('revision', 0);

CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  spec_json TEXT NOT NULL,
  family TEXT NOT NULL,
  spec_hash TEXT NOT NULL,
  auto_stop TEXT NOT NULL,
  grok_multiple REAL,
  device TEXT NOT NULL,
  hardware TEXT NOT NULL,
  steps INTEGER NOT NULL,
  max_steps INTEGER NOT NULL,
  train_accuracy REAL,
  validation_accuracy REAL,
  memorised_step INTEGER,
  grok_step INTEGER,
  stop_step INTEGER,
  stop_reason TEXT,
  stop_mode TEXT,
  comparison_id TEXT NOT NULL,
  created_unix_us INTEGER NOT NULL,
  started_unix_us INTEGER,
  ended_unix_us INTEGER
) STRICT;
CREATE INDEX runs_by_creation ON runs (created_unix_us, run_id);
CREATE INDEX runs_by_state ON runs (state, created_unix_us, run_id);
CREATE INDEX runs_by_family ON runs (family);

CREATE TABLE tags (
  run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  position INTEGER NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  first_step INTEGER NOT NULL,
  last_step INTEGER NOT NULL,
  started_unix_us INTEGER NOT NULL,
  ended_unix_us INTEGER,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
  checkpoint_id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  step INTEGER NOT NULL,
  label TEXT NOT NULL,
  kind TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  file TEXT NOT NULL
) STRICT;
CREATE INDEX checkpoints_by_run ON checkpoints (run_id);

CREATE TABLE reports (
  revision INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  step INTEGER NOT NULL,
  time_unix_us INTEGER NOT NULL,
  monotonic_us INTEGER NOT NULL,
  train_loss REAL,
  train_accuracy REAL,
  validation_loss REAL,
  validation_accuracy REAL,
  gradient_norm REAL,
  weight_norm REAL,
  activation_sparsity REAL,
  power_watts REAL,
  energy_joules REAL,
  feature_schema INTEGER,
  features BLOB,
  UNIQUE (run_id, attempt, step)
) STRICT;
-- Every index ends with the revision, which is the row's key: this one serves (run_id, revision).
CREATE INDEX reports_by_run ON reports (run_id);

-- run_id is NULL for an event of no run.
CREATE TABLE events (
  revision INTEGER PRIMARY KEY,
  run_id TEXT REFERENCES runs ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  time_unix_us INTEGER NOT NULL,
  kind TEXT NOT NULL,
  step INTEGER,
  message TEXT NOT NULL,
  details_json TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_run ON events (run_id);
CREATE INDEX events_by_kind ON events (run_id, kind);

-- Outlives its runs: energy that was used stays used.
CREATE TABLE ledger (
  consumer TEXT NOT NULL,
  device TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER NOT NULL,
  joules REAL,
  net_joules REAL,
  low_joules REAL,
  high_joules REAL,
  baseline_watts REAL,
  source TEXT NOT NULL,
  coverage REAL,
  PRIMARY KEY (consumer, device, boot_id, start_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE comparisons (
  comparison_id TEXT PRIMARY KEY,
  mode TEXT NOT NULL,
  owner TEXT NOT NULL,
  spec_json TEXT NOT NULL,
  budget_policy TEXT NOT NULL,
  budget_max_steps INTEGER NOT NULL,
  grok_multiple REAL,
  budget_source TEXT NOT NULL,
  usual_run_id TEXT NOT NULL,
  stopped_run_id TEXT NOT NULL,
  created_unix_us INTEGER NOT NULL
) STRICT;
CREATE INDEX comparisons_by_creation ON comparisons (created_unix_us, comparison_id);

CREATE TABLE baselines (
  device TEXT PRIMARY KEY,
  power_watts REAL,
  low_watts REAL,
  high_watts REAL,
  measured_unix_us INTEGER NOT NULL,
  boot_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a mutation answered, so that repeating it does nothing and says the same.
CREATE TABLE answers (
  request_id TEXT NOT NULL,
  method TEXT NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (request_id, method)
) STRICT, WITHOUT ROWID;
