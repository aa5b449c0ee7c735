-- registry-jobs: foreign-keys off
-- What a bundle is and provides: its package with its version, and its APIs. Values are TEXT: a BLOB is never equal to what is searched for.
CREATE TABLE properties (
  type TEXT,
  value TEXT,
  operatorbundle_name TEXT,
  operatorbundle_version TEXT,
  operatorbundle_path TEXT,
  FOREIGN KEY(operatorbundle_name, operatorbundle_version, operatorbundle_path)
    REFERENCES operatorbundle(name, version, bundlepath) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS registry_jobs_kept_9 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_9_properties (
  type TEXT, value TEXT, operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT, of_bundle INTEGER
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_9_dependencies (
  type TEXT, value TEXT, operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_9 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_9.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_9.csv_length)
);

INSERT INTO properties (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path
  FROM registry_jobs_kept_9_properties
  WHERE NOT of_bundle OR operatorbundle_name IN (SELECT operatorbundle_name FROM registry_jobs_kept_9)
  ORDER BY rowid;
INSERT INTO properties (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT DISTINCT
    'olm.package',
    -- As Go writes JSON.
    replace(replace(replace(
      json_object('packageName', channel_entry.package_name, 'version', coalesce(operatorbundle.version, '')),
      '&', '\u0026'), '<', '\u003c'), '>', '\u003e'),
    operatorbundle.name, nullif(operatorbundle.version, ''), nullif(operatorbundle.bundlepath, '')
  FROM operatorbundle
  JOIN channel_entry ON channel_entry.operatorbundle_name = operatorbundle.name
  WHERE operatorbundle.name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_9);
INSERT INTO properties (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT DISTINCT
    'olm.gvk', json_object('group', group_name, 'kind', kind, 'version', version),
    operatorbundle_name, operatorbundle_version, operatorbundle_path
  FROM api_provider
  WHERE operatorbundle_name IN (SELECT name FROM operatorbundle)
    AND operatorbundle_name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_9);

DELETE FROM dependencies WHERE operatorbundle_name IN (SELECT operatorbundle_name FROM registry_jobs_kept_9);
INSERT INTO dependencies (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path
  FROM registry_jobs_kept_9_dependencies
  WHERE operatorbundle_name IN (SELECT operatorbundle_name FROM registry_jobs_kept_9)
  ORDER BY rowid;

-- The type of a dependency stands in its own column: each value loses it, and keeps the rest.
UPDATE dependencies
SET value = CAST(json_remove(CAST(value AS TEXT), '$.type') AS BLOB)
WHERE CASE WHEN json_valid(CAST(value AS TEXT)) THEN json_extract(CAST(value AS TEXT), '$.type') = type END
  AND operatorbundle_name IN (SELECT name FROM operatorbundle)
  AND operatorbundle_name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_9);

DROP TABLE registry_jobs_kept_9_dependencies;
DROP TABLE registry_jobs_kept_9_properties;
DROP TABLE registry_jobs_kept_9;
