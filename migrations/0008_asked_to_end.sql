-- What the worker of a running run was asked: '', shutdown, budget, pause, stop, cancel. The next
-- daemon reads it. Before this column, only the state's reason, a text for people, said it.
ALTER TABLE runs ADD COLUMN asked_to_end TEXT NOT NULL DEFAULT '';
UPDATE runs SET asked_to_end = 'pause' WHERE state = 'running' AND state_reason = 'asked to pause';
UPDATE runs SET asked_to_end = 'stop' WHERE state = 'running' AND state_reason = 'asked to stop';
UPDATE runs SET asked_to_end = 'cancel' WHERE state = 'running' AND state_reason = 'asked to cancel';
