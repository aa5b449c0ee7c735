-- Until here the names of bundles that were cut off with a deprecation stayed in the table.
CREATE TABLE IF NOT EXISTS registry_jobs_kept_13 (operatorbundle_name TEXT PRIMARY KEY);

DELETE FROM deprecated
WHERE operatorbundle_name IS NOT NULL
  AND operatorbundle_name NOT IN (SELECT name FROM operatorbundle WHERE name IS NOT NULL)
  AND operatorbundle_name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_13);

DROP TABLE registry_jobs_kept_13;
