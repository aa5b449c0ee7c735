DROP TABLE IF EXISTS registry_jobs_kept_2;
CREATE TABLE registry_jobs_kept_2 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER,
  bundlepath TEXT
);
INSERT INTO registry_jobs_kept_2 (operatorbundle_name, csv_length, bundlepath)
  SELECT name, length(csv), bundlepath FROM operatorbundle WHERE name IS NOT NULL;

ALTER TABLE operatorbundle DROP COLUMN bundlepath;
