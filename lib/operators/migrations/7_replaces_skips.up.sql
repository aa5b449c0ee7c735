-- registry-jobs: foreign-keys off
-- What a bundle replaces and what it skips. Its entries in channels tell: of the names that they replace, in the order of their depth, the first
-- is replaced, and the others are skipped. A bundle outside every channel has its csv only.
CREATE TABLE IF NOT EXISTS registry_jobs_kept_7 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER,
  replaces TEXT,
  skips TEXT
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_7 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_7.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_7.csv_length)
);

CREATE TABLE registry_jobs_replaced AS
  SELECT
    entry.operatorbundle_name, replaced.operatorbundle_name AS name,
    row_number() OVER (PARTITION BY entry.operatorbundle_name ORDER BY min(entry.depth), min(entry.entry_id)) AS place
  FROM channel_entry AS entry
  LEFT JOIN channel_entry AS replaced ON replaced.entry_id = entry.replaces
  GROUP BY entry.operatorbundle_name, replaced.operatorbundle_name;
CREATE INDEX registry_jobs_replaced_by ON registry_jobs_replaced (operatorbundle_name, place);

CREATE TABLE registry_jobs_upgrades (operatorbundle_name TEXT PRIMARY KEY, replaces TEXT, skips TEXT);
INSERT INTO registry_jobs_upgrades (operatorbundle_name, replaces, skips)
  SELECT
    operatorbundle_name,
    (SELECT name FROM registry_jobs_replaced AS first WHERE first.operatorbundle_name = each.operatorbundle_name AND place = 1),
    (
      SELECT group_concat(name, ',') FROM (
        SELECT name FROM registry_jobs_replaced AS other
        WHERE other.operatorbundle_name = each.operatorbundle_name AND place > 1 AND name IS NOT NULL
        ORDER BY place
      )
    )
  FROM registry_jobs_replaced AS each
  WHERE operatorbundle_name IS NOT NULL
  GROUP BY operatorbundle_name;
WITH
  document AS MATERIALIZED (
    SELECT name, CASE WHEN json_valid(CAST(csv AS TEXT)) THEN CAST(csv AS TEXT) ELSE '{}' END AS csv
    FROM operatorbundle
    WHERE name IS NOT NULL AND name NOT IN (SELECT operatorbundle_name FROM registry_jobs_upgrades)
  )
INSERT INTO registry_jobs_upgrades (operatorbundle_name, replaces, skips)
  SELECT
    name, json_extract(csv, '$.spec.replaces'),
    (SELECT group_concat(value, ',') FROM (SELECT value FROM json_each(document.csv, '$.spec.skips') ORDER BY key))
  FROM document;

-- Made anew rather than altered: a file that another tool has brought back to the version before may have lost its keys on the way.
CREATE TABLE registry_jobs_new_operatorbundle (
  name TEXT PRIMARY KEY,
  csv TEXT,
  bundle TEXT,
  bundlepath TEXT,
  skiprange TEXT,
  version TEXT,
  replaces TEXT,
  skips TEXT
);
INSERT INTO registry_jobs_new_operatorbundle (name, csv, bundle, bundlepath, skiprange, version, replaces, skips)
  SELECT operatorbundle.name, operatorbundle.csv, operatorbundle.bundle, operatorbundle.bundlepath, operatorbundle.skiprange, operatorbundle.version,
    CASE WHEN kept.operatorbundle_name IS NOT NULL THEN kept.replaces ELSE coalesce(upgrades.replaces, '') END,
    CASE WHEN kept.operatorbundle_name IS NOT NULL THEN kept.skips ELSE coalesce(upgrades.skips, '') END
  FROM operatorbundle
  LEFT JOIN registry_jobs_kept_7 AS kept ON kept.operatorbundle_name = operatorbundle.name
  LEFT JOIN registry_jobs_upgrades AS upgrades ON upgrades.operatorbundle_name = operatorbundle.name
  ORDER BY operatorbundle.rowid;
DROP TABLE operatorbundle;
ALTER TABLE registry_jobs_new_operatorbundle RENAME TO operatorbundle;
CREATE UNIQUE INDEX pk ON operatorbundle(name, version, bundlepath);

DROP TABLE registry_jobs_upgrades;
DROP TABLE registry_jobs_replaced;
DROP TABLE registry_jobs_kept_7;

-- Another tool leaves them when it comes from this version. They are as its tools have them: with no row in one of the two tables they take more
-- than they should, which the command "operators repair" mends.
DROP TRIGGER IF EXISTS api_provider_cleanup;
DROP TRIGGER IF EXISTS api_requirer_cleanup;
CREATE TRIGGER api_provider_cleanup
AFTER DELETE ON api_provider
WHEN NOT EXISTS (
  SELECT 1 FROM api_provider JOIN api_requirer
  WHERE (api_provider.group_name = OLD.group_name AND api_provider.version = OLD.version AND api_provider.kind = OLD.kind)
    OR (api_requirer.group_name = OLD.group_name AND api_requirer.version = OLD.version AND api_requirer.kind = OLD.kind)
)
BEGIN
  DELETE FROM api WHERE group_name = OLD.group_name AND version = OLD.version AND kind = OLD.kind;
END;
CREATE TRIGGER api_requirer_cleanup
AFTER DELETE ON api_requirer
WHEN NOT EXISTS (
  SELECT 1 FROM api_provider JOIN api_requirer
  WHERE (api_provider.group_name = OLD.group_name AND api_provider.version = OLD.version AND api_provider.kind = OLD.kind)
    OR (api_requirer.group_name = OLD.group_name AND api_requirer.version = OLD.version AND api_requirer.kind = OLD.kind)
)
BEGIN
  DELETE FROM api WHERE group_name = OLD.group_name AND version = OLD.version AND kind = OLD.kind;
END;
