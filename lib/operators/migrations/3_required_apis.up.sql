-- registry-jobs: foreign-keys off
-- The APIs that a bundle requires, once for each of its entries in a channel.
-- The name of a required definition is plural.group; one without a dot tells neither.
CREATE TABLE api_requirer (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  channel_entry_id INTEGER,
  FOREIGN KEY(channel_entry_id) REFERENCES channel_entry(entry_id),
  FOREIGN KEY(group_name, version, kind) REFERENCES api(group_name, version, kind)
);

CREATE TABLE IF NOT EXISTS registry_jobs_kept_3 (
  entry_id INTEGER PRIMARY KEY,
  channel_name TEXT,
  package_name TEXT,
  operatorbundle_name TEXT REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_3_api_requirer (
  group_name TEXT, version TEXT, kind TEXT, channel_entry_id INTEGER, of_bundle INTEGER
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_3 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_3.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_3.csv_length)
);
-- Another tool may have made the entries of a package anew, and used their numbers again.
DELETE FROM registry_jobs_kept_3 WHERE NOT EXISTS (
  SELECT 1 FROM channel_entry
  WHERE channel_entry.entry_id = registry_jobs_kept_3.entry_id
    AND channel_entry.channel_name IS registry_jobs_kept_3.channel_name
    AND channel_entry.package_name IS registry_jobs_kept_3.package_name
    AND channel_entry.operatorbundle_name IS registry_jobs_kept_3.operatorbundle_name
);

CREATE TABLE registry_jobs_required AS
WITH
  document AS MATERIALIZED (
    SELECT name, CASE WHEN json_valid(CAST(csv AS TEXT)) THEN CAST(csv AS TEXT) ELSE '{}' END AS csv
    FROM operatorbundle
  ),
  place AS (
    SELECT document.name, document.csv, each.fullkey AS path, 1 AS is_definition
    FROM document, json_each(document.csv, '$.spec.customresourcedefinitions.required') AS each
    UNION ALL
    SELECT document.name, document.csv, each.fullkey, 0
    FROM document, json_each(document.csv, '$.spec.apiservicedefinitions.required') AS each
  ),
  said AS (
    SELECT
      name, is_definition,
      json_extract(csv, path || '.name') AS said_name, json_extract(csv, path || '.group') AS said_group,
      json_extract(csv, path || '.version') AS version, json_extract(csv, path || '.kind') AS kind
    FROM place
  )
SELECT
  name AS operatorbundle_name,
  CASE WHEN is_definition THEN substr(said_name, instr(said_name, '.') + 1) ELSE coalesce(said_group, '') END AS group_name,
  coalesce(version, '') AS version, coalesce(kind, '') AS kind,
  CASE WHEN is_definition THEN substr(said_name, 1, instr(said_name, '.') - 1) ELSE coalesce(said_name, '') END AS plural
FROM said
WHERE NOT is_definition OR instr(said_name, '.') > 0;

-- An API that is there keeps its plural.
INSERT OR IGNORE INTO api (group_name, version, kind, plural)
  SELECT group_name, version, kind, plural FROM registry_jobs_required
  WHERE operatorbundle_name IN (
    SELECT operatorbundle_name FROM channel_entry WHERE entry_id NOT IN (SELECT entry_id FROM registry_jobs_kept_3)
  )
  ORDER BY rowid;

INSERT INTO api_requirer (group_name, version, kind, channel_entry_id)
  SELECT group_name, version, kind, channel_entry_id FROM registry_jobs_kept_3_api_requirer
  WHERE NOT of_bundle OR channel_entry_id IN (SELECT entry_id FROM registry_jobs_kept_3)
  ORDER BY rowid;
INSERT INTO api_requirer (group_name, version, kind, channel_entry_id)
  SELECT DISTINCT required.group_name, required.version, required.kind, channel_entry.entry_id
  FROM channel_entry
  JOIN registry_jobs_required AS required ON required.operatorbundle_name = channel_entry.operatorbundle_name
  WHERE channel_entry.entry_id NOT IN (SELECT entry_id FROM registry_jobs_kept_3);

DROP TABLE registry_jobs_required;
DROP TABLE registry_jobs_kept_3_api_requirer;
DROP TABLE registry_jobs_kept_3;
