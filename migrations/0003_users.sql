-- Who may do what. Secrets are kept as SHA-256 only.
CREATE TABLE users (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL,  -- viewer, submitter, admin
  created_unix_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  token_id TEXT PRIMARY KEY,
  user TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  label TEXT NOT NULL,  -- what it is for: "laptop"
  secret_sha256 TEXT NOT NULL,
  created_unix_us INTEGER NOT NULL,
  expires_unix_us INTEGER,
  revoked_unix_us INTEGER,
  last_used_unix_us INTEGER
) STRICT, WITHOUT ROWID;

-- One-time codes that a laptop changes into a token. Spent ones stay until they would have expired.
CREATE TABLE pairings (
  code_sha256 TEXT PRIMARY KEY,
  user TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  expires_unix_us INTEGER NOT NULL,
  spent_unix_us INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  entry INTEGER PRIMARY KEY,
  time_unix_us INTEGER NOT NULL,
  user TEXT NOT NULL,  -- empty: nobody could be made out
  token_id TEXT NOT NULL,
  peer TEXT NOT NULL,
  method TEXT NOT NULL,
  object TEXT NOT NULL,
  outcome TEXT NOT NULL  -- OK, PERMISSION_DENIED, …
) STRICT;

-- What a user may use in a period; no row: as much as they like.
CREATE TABLE allowances (
  user TEXT NOT NULL,
  period TEXT NOT NULL,  -- day, week, month
  unit TEXT NOT NULL,    -- J, gCO2, or a currency
  amount REAL NOT NULL,
  PRIMARY KEY (user, period)
) STRICT, WITHOUT ROWID;

ALTER TABLE runs ADD COLUMN is_private INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN budget_unit TEXT;
ALTER TABLE runs ADD COLUMN budget_amount REAL;
CREATE INDEX runs_by_owner ON runs (owner, created_unix_us);
