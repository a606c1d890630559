-- What people type for a run: '128', or 'r12' of a run that is shipped with the program. Counted up
-- within this file and never given twice.
ALTER TABLE runs ADD COLUMN short_id TEXT NOT NULL DEFAULT '';
UPDATE runs SET short_id = numbered.short_id
FROM (
  SELECT
    run_id AS id,
    iif(origin = 'recorded', 'r', '') ||
      row_number() OVER (PARTITION BY origin = 'recorded' ORDER BY created_unix_us, run_id)
      AS short_id
  FROM runs
) AS numbered
WHERE run_id = numbered.id;
CREATE UNIQUE INDEX runs_by_short_id ON runs (short_id);
CREATE INDEX runs_by_name ON runs (name);
INSERT INTO counters SELECT 'run', count(*) FROM runs WHERE origin != 'recorded';
INSERT INTO counters SELECT 'recorded_run', count(*) FROM runs WHERE origin = 'recorded';
