-- registry-jobs: foreign-keys off
-- The images that a bundle needs: those of its containers, where it is installed as a Deployment, and those that it names.
-- A csv that is no JSON names none. The table may be there: a file of golang-migrate's time can have it.
CREATE TABLE IF NOT EXISTS related_image (
  image TEXT,
  operatorbundle_name TEXT,
  FOREIGN KEY(operatorbundle_name) REFERENCES operatorbundle(name)
);

CREATE TABLE IF NOT EXISTS registry_jobs_kept_1 (
  operatorbundle_name TEXT PRIMARY KEY REFERENCES operatorbundle(name) ON DELETE CASCADE,
  csv_length INTEGER
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_1_related_image (image TEXT, operatorbundle_name TEXT, of_bundle INTEGER);
-- What was kept of a bundle that is gone, or has another csv by now, is of no use.
DELETE FROM registry_jobs_kept_1 WHERE NOT EXISTS (
  SELECT 1 FROM operatorbundle
  WHERE operatorbundle.name = registry_jobs_kept_1.operatorbundle_name
    AND (operatorbundle.csv IS NULL OR length(operatorbundle.csv) = registry_jobs_kept_1.csv_length)
);

INSERT INTO related_image (image, operatorbundle_name)
  SELECT image, operatorbundle_name FROM registry_jobs_kept_1_related_image
  WHERE NOT of_bundle OR operatorbundle_name IN (SELECT operatorbundle_name FROM registry_jobs_kept_1)
  ORDER BY rowid;

WITH
  document AS MATERIALIZED (
    SELECT name, CASE WHEN json_valid(CAST(csv AS TEXT)) THEN CAST(csv AS TEXT) ELSE '{}' END AS csv
    FROM operatorbundle
    WHERE name IS NOT NULL AND name NOT IN (SELECT operatorbundle_name FROM registry_jobs_kept_1)
  ),
  deployment AS (
    SELECT document.name, document.csv, each.fullkey || '.spec.template.spec' AS pod
    FROM document, json_each(document.csv, '$.spec.install.spec.deployments') AS each
    WHERE json_extract(document.csv, '$.spec.install.strategy') = 'deployment'
  ),
  place AS (
    SELECT deployment.name, deployment.csv, each.fullkey || '.image' AS path
    FROM deployment, json_each(deployment.csv, deployment.pod || '.containers') AS each
    UNION ALL
    SELECT deployment.name, deployment.csv, each.fullkey || '.image'
    FROM deployment, json_each(deployment.csv, deployment.pod || '.initContainers') AS each
    UNION ALL
    SELECT document.name, document.csv, each.fullkey || '.image'
    FROM document, json_each(document.csv, '$.spec.relatedImages') AS each
  )
INSERT INTO related_image (image, operatorbundle_name)
  SELECT DISTINCT json_extract(csv, path), name FROM place
  WHERE json_type(csv, path) = 'text'
    AND json_extract(csv, path) <> ''
    AND NOT EXISTS (
      SELECT 1 FROM related_image AS there
      WHERE there.image = json_extract(place.csv, place.path) AND there.operatorbundle_name = place.name
    );

DROP TABLE registry_jobs_kept_1_related_image;
DROP TABLE registry_jobs_kept_1;
