-- The bundles that are deprecated. No foreign key, on purpose: a name stays when its bundle goes.
CREATE TABLE deprecated (
  operatorbundle_name TEXT PRIMARY KEY
);

CREATE TABLE IF NOT EXISTS registry_jobs_kept_12 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_12_deprecated (operatorbundle_name TEXT, of_bundle INTEGER);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_12 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_12.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_12.csv_length)
);

INSERT INTO deprecated (operatorbundle_name)
  SELECT operatorbundle_name FROM registry_jobs_kept_12_deprecated
  WHERE NOT of_bundle OR operatorbundle_name IN (SELECT operatorbundle_name FROM registry_jobs_kept_12)
  ORDER BY rowid;
INSERT OR IGNORE INTO deprecated (operatorbundle_name)
  SELECT operatorbundle_name FROM properties
  WHERE type = 'olm.deprecated'
    AND operatorbundle_name IS NOT NULL
    AND operatorbundle_name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_12)
  ORDER BY rowid;

DROP TABLE registry_jobs_kept_12_deprecated;
DROP TABLE registry_jobs_kept_12;
