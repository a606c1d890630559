-- A run may be any command, in place of a network: its spec, and the variables it was given, whose
-- values are for its program alone. Empty: none.
ALTER TABLE runs ADD COLUMN command_json TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN environment_json TEXT NOT NULL DEFAULT '';
-- What a program reports beside the metrics that every run has: an object of numbers, or empty.
ALTER TABLE reports ADD COLUMN metrics_json TEXT NOT NULL DEFAULT '';
