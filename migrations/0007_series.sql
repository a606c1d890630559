-- Curves of long runs as common/run/run_series.h packs them, so that no restart reads millions of
-- reports again. They are made from the reports and may be deleted at any time. The last one put has
-- the highest rowid.
CREATE TABLE series (
  run_id TEXT PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
  next_revision INTEGER NOT NULL,  -- all reports before it are in the content
  content BLOB NOT NULL
) STRICT;
