-- registry-jobs: foreign-keys off
-- The version of each bundle and the range that it skips, from its csv; "" where that has none.
CREATE TABLE IF NOT EXISTS registry_jobs_kept_5 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER,
  skiprange TEXT,
  version TEXT
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_5 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_5.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_5.csv_length)
);

-- Made anew rather than altered: a file that another tool has brought back to the version before may have lost its keys on the way.
CREATE TABLE registry_jobs_new_operatorbundle (
  name TEXT PRIMARY KEY,
  csv TEXT,
  bundle TEXT,
  bundlepath TEXT,
  skiprange TEXT,
  version TEXT
);
INSERT INTO registry_jobs_new_operatorbundle (name, csv, bundle, bundlepath, skiprange, version)
  SELECT operatorbundle.name, operatorbundle.csv, operatorbundle.bundle, operatorbundle.bundlepath,
    CASE
      WHEN kept.operatorbundle_name IS NOT NULL THEN kept.skiprange
      ELSE coalesce(json_extract(document.csv, '$.metadata.annotations."olm.skipRange"'), '')
    END,
    CASE
      WHEN kept.operatorbundle_name IS NOT NULL THEN kept.version
      ELSE coalesce(json_extract(document.csv, '$.spec.version'), '')
    END
  FROM operatorbundle
  LEFT JOIN registry_jobs_kept_5 AS kept ON kept.operatorbundle_name = operatorbundle.name
  LEFT JOIN (
    SELECT rowid AS id, CASE WHEN json_valid(CAST(csv AS TEXT)) THEN CAST(csv AS TEXT) ELSE '{}' END AS csv FROM operatorbundle
  ) AS document ON document.id = operatorbundle.rowid
  ORDER BY operatorbundle.rowid;
DROP TABLE operatorbundle;
ALTER TABLE registry_jobs_new_operatorbundle RENAME TO operatorbundle;

DROP TABLE registry_jobs_kept_5;
