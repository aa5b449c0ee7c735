DROP TABLE IF EXISTS registry_jobs_kept_5;
CREATE TABLE registry_jobs_kept_5 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER,
  skiprange TEXT,
  version TEXT
);
INSERT INTO registry_jobs_kept_5 (operatorbundle_name, csv_length, skiprange, version)
  SELECT name, length(csv), skiprange, version FROM operatorbundle WHERE name IS NOT NULL;

-- Another tool leaves this index when it comes from version 6.
DROP INDEX IF EXISTS pk;
ALTER TABLE operatorbundle DROP COLUMN version;
ALTER TABLE operatorbundle DROP COLUMN skiprange;
