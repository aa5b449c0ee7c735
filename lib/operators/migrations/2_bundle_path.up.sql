-- registry-jobs: foreign-keys off
-- Where the image of a bundle is. Until here bundles came from folders, which is "" in this column.
CREATE TABLE IF NOT EXISTS registry_jobs_kept_2 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER,
  bundlepath TEXT
);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_2 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_2.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_2.csv_length)
);

-- Made anew rather than altered: a file that another tool has brought back to the version before may have lost its keys on the way.
CREATE TABLE registry_jobs_new_operatorbundle (
  name TEXT PRIMARY KEY,
  csv TEXT UNIQUE,
  bundle TEXT,
  bundlepath TEXT
);
INSERT INTO registry_jobs_new_operatorbundle (name, csv, bundle, bundlepath)
  SELECT operatorbundle.name, operatorbundle.csv, operatorbundle.bundle,
    CASE WHEN kept.operatorbundle_name IS NOT NULL THEN kept.bundlepath ELSE '' END
  FROM operatorbundle
  LEFT JOIN registry_jobs_kept_2 AS kept ON kept.operatorbundle_name = operatorbundle.name
  ORDER BY operatorbundle.rowid;
DROP TABLE operatorbundle;
ALTER TABLE registry_jobs_new_operatorbundle RENAME TO operatorbundle;

DROP TABLE registry_jobs_kept_2;
