-- The paths stay where they are: they are as good for version 9, whose other properties have them too. What is remembered is for whom they are right.
DROP TABLE IF EXISTS registry_jobs_kept_10;
CREATE TABLE registry_jobs_kept_10 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
INSERT INTO registry_jobs_kept_10 (operatorbundle_name, csv_length)
  SELECT name, length(csv) FROM operatorbundle WHERE name IS NOT NULL;
