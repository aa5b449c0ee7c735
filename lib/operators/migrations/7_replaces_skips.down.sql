DROP TRIGGER IF EXISTS api_provider_cleanup;
DROP TRIGGER IF EXISTS api_requirer_cleanup;

DROP TABLE IF EXISTS registry_jobs_kept_7;
CREATE TABLE registry_jobs_kept_7 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER,
  replaces TEXT,
  skips TEXT
);
INSERT INTO registry_jobs_kept_7 (operatorbundle_name, csv_length, replaces, skips)
  SELECT name, length(csv), replaces, skips FROM operatorbundle WHERE name IS NOT NULL;

ALTER TABLE operatorbundle DROP COLUMN skips;
ALTER TABLE operatorbundle DROP COLUMN replaces;
