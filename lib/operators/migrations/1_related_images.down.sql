DROP TABLE IF EXISTS registry_jobs_kept_1;
CREATE TABLE registry_jobs_kept_1 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
INSERT INTO registry_jobs_kept_1 (operatorbundle_name, csv_length)
  SELECT name, length(csv) FROM operatorbundle WHERE name IS NOT NULL;

DROP TABLE IF EXISTS registry_jobs_kept_1_related_image;
CREATE TABLE registry_jobs_kept_1_related_image (image TEXT, operatorbundle_name TEXT, of_bundle INTEGER);
INSERT INTO registry_jobs_kept_1_related_image (image, operatorbundle_name, of_bundle)
  SELECT image, operatorbundle_name, operatorbundle_name IS NOT NULL AND operatorbundle_name IN (SELECT name FROM operatorbundle)
  FROM related_image ORDER BY rowid;

DROP TABLE related_image;
