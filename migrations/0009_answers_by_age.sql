-- Answers in the order in which they were given, so that the oldest can go first when they are too
-- many (kMostAnswers). Of those before, nobody knows the order.
CREATE TABLE answers_by_age (
  entry INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL,
  method TEXT NOT NULL,
  answer TEXT NOT NULL,
  UNIQUE (request_id, method)
) STRICT;
INSERT INTO answers_by_age (request_id, method, answer) SELECT request_id, method, answer FROM answers;
DROP TABLE answers;
ALTER TABLE answers_by_age RENAME TO answers;
