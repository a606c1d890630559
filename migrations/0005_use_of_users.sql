-- What each attempt of a user's runs has drawn on each day of UTC, which allowances count. It
-- outlives the runs: energy that was used stays used.
CREATE TABLE use_of_users (
  consumer TEXT NOT NULL,   -- as in the ledger
  day INTEGER NOT NULL,     -- since 1970-01-01
  user TEXT NOT NULL,
  joules REAL NOT NULL,     -- gross
  PRIMARY KEY (consumer, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX use_of_users_by_day ON use_of_users (day);
