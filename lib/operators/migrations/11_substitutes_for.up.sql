-- registry-jobs: foreign-keys off
-- The bundle that this one stands in for, from its csv; "" where that has none.
CREATE TABLE IF NOT EXISTS registry_jobs_kept_11 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER,
  substitutesfor TEXT
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_11 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_11.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_11.csv_length)
);

-- Made anew rather than altered: a file that another tool has brought back to the version before may have lost its keys on the way.
CREATE TABLE registry_jobs_new_operatorbundle (
  name TEXT PRIMARY KEY,
  csv TEXT,
  bundle TEXT,
  bundlepath TEXT,
  skiprange TEXT,
  version TEXT,
  replaces TEXT,
  skips TEXT,
  substitutesfor TEXT
);
INSERT INTO registry_jobs_new_operatorbundle (name, csv, bundle, bundlepath, skiprange, version, replaces, skips, substitutesfor)
  SELECT
    operatorbundle.name, operatorbundle.csv, operatorbundle.bundle, operatorbundle.bundlepath, operatorbundle.skiprange,
    operatorbundle.version, operatorbundle.replaces, operatorbundle.skips,
    CASE
      WHEN kept.operatorbundle_name IS NOT NULL THEN kept.substitutesfor
      ELSE coalesce(json_extract(document.csv, '$.metadata.annotations."olm.substitutesFor"'), '')
    END
  FROM operatorbundle
  LEFT JOIN registry_jobs_kept_11 AS kept ON kept.operatorbundle_name = operatorbundle.name
  LEFT JOIN (
    SELECT rowid AS id, CASE WHEN json_valid(CAST(csv AS TEXT)) THEN CAST(csv AS TEXT) ELSE '{}' END AS csv FROM operatorbundle
  ) AS document ON document.id = operatorbundle.rowid
  ORDER BY operatorbundle.rowid;
DROP TABLE operatorbundle;
ALTER TABLE registry_jobs_new_operatorbundle RENAME TO operatorbundle;
CREATE UNIQUE INDEX pk ON operatorbundle(name, version, bundlepath);

DROP TABLE registry_jobs_kept_11;
