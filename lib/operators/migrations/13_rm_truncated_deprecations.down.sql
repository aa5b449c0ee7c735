-- Names without a bundle that version 13 has, and would lose on the way up.
DROP TABLE IF EXISTS registry_jobs_kept_13;
CREATE TABLE registry_jobs_kept_13 (operatorbundle_name TEXT PRIMARY KEY);
INSERT INTO registry_jobs_kept_13 (operatorbundle_name)
  SELECT operatorbundle_name FROM deprecated
  WHERE operatorbundle_name IS NOT NULL AND operatorbundle_name NOT IN (SELECT name FROM operatorbundle WHERE name IS NOT NULL);
