DROP TABLE IF EXISTS registry_jobs_kept_9;
CREATE TABLE registry_jobs_kept_9 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
INSERT INTO registry_jobs_kept_9 (operatorbundle_name, csv_length)
  SELECT name, length(csv) FROM operatorbundle WHERE name IS NOT NULL;

DROP TABLE IF EXISTS registry_jobs_kept_9_properties;
CREATE TABLE registry_jobs_kept_9_properties (
  type TEXT, value TEXT, operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT, of_bundle INTEGER
);
INSERT INTO registry_jobs_kept_9_properties (
  type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path, of_bundle
)
  SELECT
    type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path,
    operatorbundle_name IS NOT NULL AND operatorbundle_name IN (SELECT name FROM operatorbundle)
  FROM properties ORDER BY rowid;

DROP TABLE properties;

-- Version 8 has the type of a dependency on an API in its value too.
DROP TABLE IF EXISTS registry_jobs_kept_9_dependencies;
CREATE TABLE registry_jobs_kept_9_dependencies (
  type TEXT, value TEXT, operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT
);
INSERT INTO registry_jobs_kept_9_dependencies (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path
  FROM dependencies
  WHERE operatorbundle_name IN (SELECT name FROM operatorbundle)
  ORDER BY rowid;
WITH document AS MATERIALIZED (
  SELECT rowid AS id, CAST(value AS TEXT) AS value
  FROM dependencies
  WHERE type = 'olm.gvk' AND json_valid(CAST(value AS TEXT)) AND operatorbundle_name IN (SELECT name FROM operatorbundle)
)
UPDATE dependencies
SET value = CAST(
  json_object(
    'group', json_extract(document.value, '$.group'), 'kind', json_extract(document.value, '$.kind'),
    'type', 'olm.gvk', 'version', json_extract(document.value, '$.version')
  ) AS BLOB
)
FROM document
WHERE document.id = dependencies.rowid
  AND (
    SELECT group_concat(key || ' ' || type) FROM (SELECT key, type FROM json_each(document.value) ORDER BY key)
  ) = 'group text,kind text,version text';
