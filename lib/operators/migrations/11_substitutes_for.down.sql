DROP TABLE IF EXISTS registry_jobs_kept_11;
CREATE TABLE registry_jobs_kept_11 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER,
  substitutesfor TEXT
);
INSERT INTO registry_jobs_kept_11 (operatorbundle_name, csv_length, substitutesfor)
  SELECT name, length(csv), substitutesfor FROM operatorbundle WHERE name IS NOT NULL;

ALTER TABLE operatorbundle DROP COLUMN substitutesfor;
