-- Where a run comes from: '' trained by this daemon, 'recorded' shipped with the program, 'imported'.
ALTER TABLE runs ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '';
-- What to do with a run that will not grok within its budget: 'off', 'observe', 'on'.
ALTER TABLE runs ADD COLUMN abandon TEXT NOT NULL DEFAULT 'off';
-- SHA-256 of the predictor's weights, pinned at submission; '' for a run without forecasts.
ALTER TABLE runs ADD COLUMN predictor TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_by_origin ON runs (origin, created_unix_us, run_id);
