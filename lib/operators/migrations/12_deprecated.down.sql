DROP TABLE IF EXISTS registry_jobs_kept_12;
CREATE TABLE registry_jobs_kept_12 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
INSERT INTO registry_jobs_kept_12 (operatorbundle_name, csv_length)
  SELECT name, length(csv) FROM operatorbundle WHERE name IS NOT NULL;

DROP TABLE IF EXISTS registry_jobs_kept_12_deprecated;
CREATE TABLE registry_jobs_kept_12_deprecated (operatorbundle_name TEXT, of_bundle INTEGER);
INSERT INTO registry_jobs_kept_12_deprecated (operatorbundle_name, of_bundle)
  SELECT operatorbundle_name, operatorbundle_name IS NOT NULL AND operatorbundle_name IN (SELECT name FROM operatorbundle)
  FROM deprecated ORDER BY rowid;

DROP TABLE deprecated;
