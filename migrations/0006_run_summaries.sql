-- What is kept of a run that has ended, so that its reports and ledger are not read again: one row for
-- each run that ever ended. made_with: '' it is to be made, '-' the run goes on (or it cannot be made),
-- else the version of the rules and weights it was made with. `change` grows when what it is made from
-- changes, so that one made meanwhile is not kept.
CREATE TABLE run_summaries (
  run_id TEXT PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
  change INTEGER NOT NULL DEFAULT 1,
  made_with TEXT NOT NULL DEFAULT '',
  task TEXT NOT NULL DEFAULT '',
  modulus INTEGER NOT NULL DEFAULT 0,
  model TEXT NOT NULL DEFAULT '',
  family TEXT NOT NULL DEFAULT '',
  reports INTEGER NOT NULL DEFAULT 0,
  last_step INTEGER NOT NULL DEFAULT 0,
  energy_gross_joules REAL,
  energy_net_joules REAL,
  energy_low_joules REAL,
  energy_high_joules REAL,
  energy_baseline_watts REAL,
  energy_source TEXT,
  energy_coverage REAL,
  energy_net_low_joules REAL,
  energy_net_high_joules REAL,
  energy_scope TEXT,
  energy_estimated_joules REAL,
  metered_step INTEGER,
  metered_joules REAL,
  grok_joules REAL,
  stop_joules REAL,
  rule_grok_step INTEGER,
  rule_grok_joules REAL,
  rule_stop_step INTEGER,
  rule_stop_joules REAL,
  abandon_step INTEGER,
  abandon_joules REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_summaries_due ON run_summaries (made_with) WHERE made_with = '';

INSERT INTO run_summaries (run_id)
SELECT run_id FROM runs WHERE state NOT IN ('queued', 'running', 'paused');

CREATE TRIGGER runs_inserted_ended AFTER INSERT ON runs
WHEN NEW.state NOT IN ('queued', 'running', 'paused')
BEGIN
  INSERT INTO run_summaries (run_id) VALUES (NEW.run_id);
END;

CREATE TRIGGER runs_ended AFTER UPDATE ON runs
WHEN NEW.state NOT IN ('queued', 'running', 'paused') AND
  (NEW.state, NEW.steps, NEW.max_steps, NEW.grok_step, NEW.stop_step) IS NOT
  (OLD.state, OLD.steps, OLD.max_steps, OLD.grok_step, OLD.stop_step)
BEGIN
  INSERT INTO run_summaries (run_id) VALUES (NEW.run_id)
  ON CONFLICT (run_id) DO UPDATE SET made_with = '', change = change + 1;
END;

CREATE TRIGGER runs_went_on AFTER UPDATE ON runs
WHEN NEW.state IN ('queued', 'running', 'paused') AND
  OLD.state NOT IN ('queued', 'running', 'paused')
BEGIN
  UPDATE run_summaries SET made_with = '-', change = change + 1 WHERE run_id = NEW.run_id;
END;

-- Consumers of runs are run/RUN/ATTEMPT.
CREATE TRIGGER ledger_of_ended AFTER INSERT ON ledger WHEN substr(NEW.consumer, 1, 4) = 'run/'
BEGIN
  UPDATE run_summaries SET made_with = '', change = change + 1
  WHERE made_with != '-' AND
    run_id = substr(NEW.consumer, 5, instr(substr(NEW.consumer, 5), '/') - 1);
END;
