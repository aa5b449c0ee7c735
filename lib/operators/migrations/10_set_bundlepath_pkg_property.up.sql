-- A property belongs to the bundle with its name, version and path.
CREATE TABLE IF NOT EXISTS registry_jobs_kept_10 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_10 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_10.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_10.csv_length)
);

UPDATE properties
SET operatorbundle_path = (
  SELECT nullif(operatorbundle.bundlepath, '') FROM operatorbundle
  WHERE operatorbundle.name = properties.operatorbundle_name
)
WHERE operatorbundle_name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_10)
  AND EXISTS (
    SELECT 1 FROM operatorbundle
    WHERE operatorbundle.name = properties.operatorbundle_name
      AND nullif(operatorbundle.version, '') IS nullif(properties.operatorbundle_version, '')
  );

DROP TABLE registry_jobs_kept_10;
