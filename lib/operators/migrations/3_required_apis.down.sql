DROP TABLE IF EXISTS registry_jobs_kept_3;
CREATE TABLE registry_jobs_kept_3 (
  entry_id INTEGER PRIMARY KEY,
  channel_name TEXT,
  package_name TEXT,
  operatorbundle_name TEXT REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
INSERT INTO registry_jobs_kept_3 (entry_id, channel_name, package_name, operatorbundle_name, csv_length)
  SELECT entry_id, channel_name, package_name, operatorbundle_name, length(csv)
  FROM channel_entry JOIN operatorbundle ON operatorbundle.name = channel_entry.operatorbundle_name;

DROP TABLE IF EXISTS registry_jobs_kept_3_api_requirer;
CREATE TABLE registry_jobs_kept_3_api_requirer (
  group_name TEXT, version TEXT, kind TEXT, channel_entry_id INTEGER, of_bundle INTEGER
);
INSERT INTO registry_jobs_kept_3_api_requirer (group_name, version, kind, channel_entry_id, of_bundle)
  SELECT
    group_name, version, kind, channel_entry_id,
    channel_entry_id IS NOT NULL AND channel_entry_id IN (SELECT entry_id FROM registry_jobs_kept_3)
  FROM api_requirer ORDER BY rowid;

-- The rows of api stay: whoever provides one of them may have come later.
DROP TABLE api_requirer;
