DROP TABLE IF EXISTS registry_jobs_kept_8;
CREATE TABLE registry_jobs_kept_8 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
INSERT INTO registry_jobs_kept_8 (operatorbundle_name, csv_length)
  SELECT name, length(csv) FROM operatorbundle WHERE name IS NOT NULL;

DROP TABLE IF EXISTS registry_jobs_kept_8_dependencies;
CREATE TABLE registry_jobs_kept_8_dependencies (
  type TEXT, value TEXT, operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT, of_bundle INTEGER
);
INSERT INTO registry_jobs_kept_8_dependencies (
  type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path, of_bundle
)
  SELECT
    type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path,
    operatorbundle_name IS NOT NULL AND operatorbundle_name IN (SELECT name FROM operatorbundle)
  FROM dependencies ORDER BY rowid;

DROP TABLE dependencies;
