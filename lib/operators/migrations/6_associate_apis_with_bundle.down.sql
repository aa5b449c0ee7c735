-- registry-jobs: foreign-keys off
-- Triggers that another tool has left would stand in the way, and come back in version 7.
DROP TRIGGER IF EXISTS api_provider_cleanup;
DROP TRIGGER IF EXISTS api_requirer_cleanup;

DROP TABLE IF EXISTS registry_jobs_kept_6;
CREATE TABLE registry_jobs_kept_6 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
INSERT INTO registry_jobs_kept_6 (operatorbundle_name, csv_length)
  SELECT name, length(csv) FROM operatorbundle WHERE name IS NOT NULL;

DROP TABLE IF EXISTS registry_jobs_kept_6_api_provider;
CREATE TABLE registry_jobs_kept_6_api_provider (
  group_name TEXT, version TEXT, kind TEXT,
  operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT, of_bundle INTEGER
);
INSERT INTO registry_jobs_kept_6_api_provider (
  group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path, of_bundle
)
  SELECT
    group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path,
    operatorbundle_name IS NOT NULL AND operatorbundle_name IN (SELECT name FROM operatorbundle)
  FROM api_provider ORDER BY rowid;
CREATE TABLE registry_jobs_new_api_provider (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  channel_entry_id INTEGER,
  PRIMARY KEY(group_name, version, kind, channel_entry_id),
  FOREIGN KEY(channel_entry_id) REFERENCES channel_entry(entry_id) ON DELETE CASCADE,
  FOREIGN KEY(group_name, version, kind) REFERENCES api(group_name, version, kind)
);
INSERT INTO registry_jobs_new_api_provider (group_name, version, kind, channel_entry_id)
  SELECT DISTINCT api_provider.group_name, api_provider.version, api_provider.kind, channel_entry.entry_id
  FROM api_provider
  JOIN channel_entry ON channel_entry.operatorbundle_name = api_provider.operatorbundle_name
  ORDER BY channel_entry.entry_id;
DROP TABLE api_provider;
ALTER TABLE registry_jobs_new_api_provider RENAME TO api_provider;

DROP TABLE IF EXISTS registry_jobs_kept_6_api_requirer;
CREATE TABLE registry_jobs_kept_6_api_requirer (
  group_name TEXT, version TEXT, kind TEXT,
  operatorbundle_name TEXT, operatorbundle_version TEXT, operatorbundle_path TEXT, of_bundle INTEGER
);
INSERT INTO registry_jobs_kept_6_api_requirer (
  group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path, of_bundle
)
  SELECT
    group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path,
    operatorbundle_name IS NOT NULL AND operatorbundle_name IN (SELECT name FROM operatorbundle)
  FROM api_requirer ORDER BY rowid;
CREATE TABLE registry_jobs_new_api_requirer (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  channel_entry_id INTEGER,
  PRIMARY KEY(group_name, version, kind, channel_entry_id),
  FOREIGN KEY(channel_entry_id) REFERENCES channel_entry(entry_id) ON DELETE CASCADE,
  FOREIGN KEY(group_name, version, kind) REFERENCES api(group_name, version, kind)
);
INSERT INTO registry_jobs_new_api_requirer (group_name, version, kind, channel_entry_id)
  SELECT DISTINCT api_requirer.group_name, api_requirer.version, api_requirer.kind, channel_entry.entry_id
  FROM api_requirer
  JOIN channel_entry ON channel_entry.operatorbundle_name = api_requirer.operatorbundle_name
  ORDER BY channel_entry.entry_id;
DROP TABLE api_requirer;
ALTER TABLE registry_jobs_new_api_requirer RENAME TO api_requirer;

DROP INDEX IF EXISTS pk;
