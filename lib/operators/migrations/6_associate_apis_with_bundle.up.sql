-- registry-jobs: foreign-keys off
-- APIs belong to a bundle from here on, no longer to its entries in channels.
CREATE TABLE IF NOT EXISTS registry_jobs_kept_6 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_6_api_provider (
  group_name TEXT, version TEXT, kind TEXT,
  operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT, of_bundle INTEGER
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_6_api_requirer (
  group_name TEXT, version TEXT, kind TEXT,
  operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT, of_bundle INTEGER
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_6 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_6.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_6.csv_length)
);

-- The loader of version 5 wrote no version, and the columns that came before it are NULL in older bundles: here they become part of a key.
UPDATE operatorbundle
SET
  version = coalesce(version, json_extract(CASE WHEN json_valid(CAST(csv AS TEXT)) THEN CAST(csv AS TEXT) ELSE '{}' END, '$.spec.version'), ''),
  skiprange = coalesce(
    skiprange,
    json_extract(CASE WHEN json_valid(CAST(csv AS TEXT)) THEN CAST(csv AS TEXT) ELSE '{}' END, '$.metadata.annotations."olm.skipRange"'),
    ''
  ),
  bundlepath = coalesce(bundlepath, '')
WHERE name IS NOT NULL
  AND (version IS NULL OR skiprange IS NULL OR bundlepath IS NULL)
  AND name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_6);

-- Made anew for its keys, which a file that another tool has brought back to version 4 may have lost.
-- That tool also adds, in version 5, a row without name, csv and bundle for each bundle: they are left out.
CREATE TABLE registry_jobs_new_operatorbundle (
  name TEXT PRIMARY KEY,
  csv TEXT,
  bundle TEXT,
  bundlepath TEXT,
  skiprange TEXT,
  version TEXT
);
INSERT INTO registry_jobs_new_operatorbundle (name, csv, bundle, bundlepath, skiprange, version)
  SELECT operatorbundle.name, operatorbundle.csv, operatorbundle.bundle, operatorbundle.bundlepath, operatorbundle.skiprange, operatorbundle.version
  FROM operatorbundle
  WHERE operatorbundle.name IS NOT NULL OR operatorbundle.csv IS NOT NULL OR operatorbundle.bundle IS NOT NULL
  ORDER BY operatorbundle.rowid;
DROP TABLE operatorbundle;
ALTER TABLE registry_jobs_new_operatorbundle RENAME TO operatorbundle;
CREATE UNIQUE INDEX pk ON operatorbundle(name, version, bundlepath);

CREATE TABLE registry_jobs_new_api_provider (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  operatorbundle_name TEXT,
  operatorbundle_version TEXT,
  operatorbundle_path TEXT,
  FOREIGN KEY(operatorbundle_name, operatorbundle_version, operatorbundle_path)
    REFERENCES operatorbundle(name, version, bundlepath) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY(group_name, version, kind) REFERENCES api(group_name, version, kind) ON DELETE CASCADE
);
INSERT INTO registry_jobs_new_api_provider (group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path
  FROM registry_jobs_kept_6_api_provider
  WHERE NOT of_bundle OR operatorbundle_name IN (SELECT operatorbundle_name FROM registry_jobs_kept_6)
  ORDER BY rowid;
-- "" is no value of a key: it is NULL, which refers to nothing.
INSERT INTO registry_jobs_new_api_provider (group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT DISTINCT
    api_provider.group_name, api_provider.version, api_provider.kind,
    operatorbundle.name, nullif(operatorbundle.version, ''), nullif(operatorbundle.bundlepath, '')
  FROM api_provider
  JOIN channel_entry ON channel_entry.entry_id = api_provider.channel_entry_id
  JOIN operatorbundle ON operatorbundle.name = channel_entry.operatorbundle_name
  WHERE operatorbundle.name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_6);
DROP TABLE api_provider;
ALTER TABLE registry_jobs_new_api_provider RENAME TO api_provider;
DROP TABLE registry_jobs_kept_6_api_provider;

CREATE TABLE registry_jobs_new_api_requirer (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  operatorbundle_name TEXT,
  operatorbundle_version TEXT,
  operatorbundle_path TEXT,
  FOREIGN KEY(operatorbundle_name, operatorbundle_version, operatorbundle_path)
    REFERENCES operatorbundle(name, version, bundlepath) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY(group_name, version, kind) REFERENCES api(group_name, version, kind) ON DELETE CASCADE
);
INSERT INTO registry_jobs_new_api_requirer (group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path
  FROM registry_jobs_kept_6_api_requirer
  WHERE NOT of_bundle OR operatorbundle_name IN (SELECT operatorbundle_name FROM registry_jobs_kept_6)
  ORDER BY rowid;
-- "" is no value of a key: it is NULL, which refers to nothing.
INSERT INTO registry_jobs_new_api_requirer (group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path)
  SELECT DISTINCT
    api_requirer.group_name, api_requirer.version, api_requirer.kind,
    operatorbundle.name, nullif(operatorbundle.version, ''), nullif(operatorbundle.bundlepath, '')
  FROM api_requirer
  JOIN channel_entry ON channel_entry.entry_id = api_requirer.channel_entry_id
  JOIN operatorbundle ON operatorbundle.name = channel_entry.operatorbundle_name
  WHERE operatorbundle.name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_6);
DROP TABLE api_requirer;
ALTER TABLE registry_jobs_new_api_requirer RENAME TO api_requirer;
DROP TABLE registry_jobs_kept_6_api_requirer;

DROP TABLE registry_jobs_kept_6;
