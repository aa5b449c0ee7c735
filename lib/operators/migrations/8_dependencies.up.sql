-- registry-jobs: foreign-keys off
-- What a bundle depends on: the APIs that it requires. Values are BLOBs, as the loaders write them.
CREATE TABLE dependencies (
  type TEXT,
  value TEXT,
  operatorbundle_name TEXT,
  operatorbundle_version TEXT,
  operatorbundle_path TEXT,
  FOREIGN KEY(operatorbundle_name, operatorbundle_version, operatorbundle_path)
    REFERENCES operatorbundle(name, version, bundlepath) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS registry_jobs_kept_8 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_8_dependencies (
  type TEXT, value TEXT, operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT, of_bundle INTEGER
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_8 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_8.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_8.csv_length)
);

INSERT INTO dependencies (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path
  FROM registry_jobs_kept_8_dependencies
  WHERE NOT of_bundle OR operatorbundle_name IN (SELECT operatorbundle_name FROM registry_jobs_kept_8)
  ORDER BY rowid;
INSERT INTO dependencies (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT DISTINCT
    'olm.gvk',
    CAST(json_object('group', group_name, 'kind', kind, 'type', 'olm.gvk', 'version', version) AS BLOB),
    operatorbundle_name, operatorbundle_version, operatorbundle_path
  FROM api_requirer
  WHERE operatorbundle_name IN (SELECT name FROM operatorbundle)
    AND operatorbundle_name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_8);

DROP TABLE registry_jobs_kept_8_dependencies;
DROP TABLE registry_jobs_kept_8;
