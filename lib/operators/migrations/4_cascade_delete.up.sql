-- registry-jobs: foreign-keys off
-- Whatever belongs to a bundle, a channel or an entry goes with it. Two bundles may have the same csv from here on.
CREATE TABLE IF NOT EXISTS registry_jobs_kept_4_package (name TEXT PRIMARY KEY);

CREATE TABLE registry_jobs_new_operatorbundle (
  name TEXT PRIMARY KEY,
  csv TEXT,
  bundle TEXT,
  bundlepath TEXT
);
CREATE TABLE registry_jobs_new_package (
  name TEXT PRIMARY KEY,
  default_channel TEXT,
  FOREIGN KEY(name, default_channel) REFERENCES channel(package_name, name) ON DELETE CASCADE
);
CREATE TABLE registry_jobs_new_channel (
  name TEXT,
  package_name TEXT,
  head_operatorbundle_name TEXT,
  PRIMARY KEY(name, package_name),
  FOREIGN KEY(head_operatorbundle_name) REFERENCES operatorbundle(name) ON DELETE CASCADE
);
CREATE TABLE registry_jobs_new_channel_entry (
  entry_id INTEGER PRIMARY KEY,
  channel_name TEXT,
  package_name TEXT,
  operatorbundle_name TEXT,
  replaces INTEGER,
  depth INTEGER,
  FOREIGN KEY(replaces) REFERENCES channel_entry(entry_id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY(channel_name, package_name) REFERENCES channel(name, package_name) ON DELETE CASCADE
);
CREATE TABLE registry_jobs_new_api_provider (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  channel_entry_id INTEGER,
  PRIMARY KEY(group_name, version, kind, channel_entry_id),
  FOREIGN KEY(channel_entry_id) REFERENCES channel_entry(entry_id) ON DELETE CASCADE,
  FOREIGN KEY(group_name, version, kind) REFERENCES api(group_name, version, kind)
);
CREATE TABLE registry_jobs_new_api_requirer (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  channel_entry_id INTEGER,
  PRIMARY KEY(group_name, version, kind, channel_entry_id),
  FOREIGN KEY(channel_entry_id) REFERENCES channel_entry(entry_id) ON DELETE CASCADE,
  FOREIGN KEY(group_name, version, kind) REFERENCES api(group_name, version, kind)
);
CREATE TABLE registry_jobs_new_related_image (
  image TEXT,
  operatorbundle_name TEXT,
  FOREIGN KEY(operatorbundle_name) REFERENCES operatorbundle(name) ON DELETE CASCADE
);

INSERT INTO registry_jobs_new_operatorbundle (name, csv, bundle, bundlepath)
  SELECT name, csv, bundle, bundlepath FROM operatorbundle ORDER BY rowid;
INSERT INTO registry_jobs_new_package (name, default_channel) SELECT name, default_channel FROM package ORDER BY rowid;
INSERT INTO registry_jobs_new_channel (name, package_name, head_operatorbundle_name)
  SELECT name, package_name, head_operatorbundle_name FROM channel ORDER BY rowid;
INSERT INTO registry_jobs_new_channel_entry (entry_id, channel_name, package_name, operatorbundle_name, replaces, depth)
  SELECT entry_id, channel_name, package_name, operatorbundle_name, replaces, depth FROM channel_entry ORDER BY rowid;
-- The same row twice says nothing more.
INSERT OR IGNORE INTO registry_jobs_new_api_provider (group_name, version, kind, channel_entry_id)
  SELECT group_name, version, kind, channel_entry_id FROM api_provider ORDER BY rowid;
INSERT OR IGNORE INTO registry_jobs_new_api_requirer (group_name, version, kind, channel_entry_id)
  SELECT group_name, version, kind, channel_entry_id FROM api_requirer ORDER BY rowid;
INSERT INTO registry_jobs_new_related_image (image, operatorbundle_name)
  SELECT image, operatorbundle_name FROM related_image ORDER BY rowid;

DROP TABLE related_image;
DROP TABLE api_requirer;
DROP TABLE api_provider;
DROP TABLE channel_entry;
DROP TABLE channel;
DROP TABLE package;
DROP TABLE operatorbundle;
ALTER TABLE registry_jobs_new_operatorbundle RENAME TO operatorbundle;
ALTER TABLE registry_jobs_new_package RENAME TO package;
ALTER TABLE registry_jobs_new_channel RENAME TO channel;
ALTER TABLE registry_jobs_new_channel_entry RENAME TO channel_entry;
ALTER TABLE registry_jobs_new_api_provider RENAME TO api_provider;
ALTER TABLE registry_jobs_new_api_requirer RENAME TO api_requirer;
ALTER TABLE registry_jobs_new_related_image RENAME TO related_image;

-- A package that was made up for the way down.
DELETE FROM package WHERE default_channel IS NULL AND name IN (SELECT name FROM registry_jobs_kept_4_package);
DROP TABLE registry_jobs_kept_4_package;
