-- registry-jobs: foreign-keys off
-- The six tables of the beginning. Where they are there already, they are made anew and filled: a file of the time before versions has foreign
-- keys that name no key (channel(name), channel(package_name)), which SQLite calls "foreign key mismatch" as soon as it looks at them.
-- Where "undo all" was asked for, they have waited under the name registry_jobs_kept_0_....

-- Done to a newer file, this would drop columns with what is in them.
CREATE TABLE registry_jobs_guard (
  columns INTEGER,
  CONSTRAINT "operatorbundle has columns of a newer version, but schema_migrations has no row" CHECK (columns <= 3)
);
INSERT INTO registry_jobs_guard SELECT count(*) FROM pragma_table_info('operatorbundle');
DROP TABLE registry_jobs_guard;

CREATE TABLE IF NOT EXISTS operatorbundle (name TEXT PRIMARY KEY, csv TEXT UNIQUE, bundle TEXT);
CREATE TABLE IF NOT EXISTS package (name TEXT PRIMARY KEY, default_channel TEXT);
CREATE TABLE IF NOT EXISTS channel (name TEXT, package_name TEXT, head_operatorbundle_name TEXT, PRIMARY KEY(name, package_name));
CREATE TABLE IF NOT EXISTS channel_entry (
  entry_id INTEGER PRIMARY KEY, channel_name TEXT, package_name TEXT, operatorbundle_name TEXT, replaces INTEGER, depth INTEGER
);
CREATE TABLE IF NOT EXISTS api (group_name TEXT, version TEXT, kind TEXT, plural TEXT NOT NULL, PRIMARY KEY(group_name, version, kind));
CREATE TABLE IF NOT EXISTS api_provider (group_name TEXT, version TEXT, kind TEXT, channel_entry_id INTEGER);

CREATE TABLE IF NOT EXISTS registry_jobs_kept_0_operatorbundle (
  name TEXT PRIMARY KEY,
  csv TEXT UNIQUE,
  bundle TEXT
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_0_package (
  name TEXT PRIMARY KEY,
  default_channel TEXT,
  FOREIGN KEY(name, default_channel) REFERENCES channel(package_name, name)
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_0_channel (
  name TEXT,
  package_name TEXT,
  head_operatorbundle_name TEXT,
  PRIMARY KEY(name, package_name),
  FOREIGN KEY(package_name) REFERENCES package(name),
  FOREIGN KEY(head_operatorbundle_name) REFERENCES operatorbundle(name)
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_0_channel_entry (
  entry_id INTEGER PRIMARY KEY,
  channel_name TEXT,
  package_name TEXT,
  operatorbundle_name TEXT,
  replaces INTEGER,
  depth INTEGER,
  FOREIGN KEY(replaces) REFERENCES channel_entry(entry_id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY(channel_name, package_name) REFERENCES channel(name, package_name)
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_0_api (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  plural TEXT NOT NULL,
  PRIMARY KEY(group_name, version, kind)
);
CREATE TABLE IF NOT EXISTS registry_jobs_kept_0_api_provider (
  group_name TEXT,
  version TEXT,
  kind TEXT,
  channel_entry_id INTEGER,
  FOREIGN KEY(channel_entry_id) REFERENCES channel_entry(entry_id),
  FOREIGN KEY(group_name, version, kind) REFERENCES api(group_name, version, kind)
);

INSERT INTO registry_jobs_kept_0_operatorbundle (name, csv, bundle) SELECT name, csv, bundle FROM operatorbundle ORDER BY rowid;
INSERT INTO registry_jobs_kept_0_package (name, default_channel) SELECT name, default_channel FROM package ORDER BY rowid;
INSERT INTO registry_jobs_kept_0_channel (name, package_name, head_operatorbundle_name)
  SELECT name, package_name, head_operatorbundle_name FROM channel ORDER BY rowid;
INSERT INTO registry_jobs_kept_0_channel_entry (entry_id, channel_name, package_name, operatorbundle_name, replaces, depth)
  SELECT entry_id, channel_name, package_name, operatorbundle_name, replaces, depth FROM channel_entry ORDER BY entry_id;
INSERT INTO registry_jobs_kept_0_api (group_name, version, kind, plural)
  SELECT group_name, version, kind, plural FROM api ORDER BY rowid;
INSERT INTO registry_jobs_kept_0_api_provider (group_name, version, kind, channel_entry_id)
  SELECT group_name, version, kind, channel_entry_id FROM api_provider ORDER BY rowid;

DROP TABLE api_provider;
DROP TABLE api;
DROP TABLE channel_entry;
DROP TABLE channel;
DROP TABLE package;
DROP TABLE operatorbundle;
ALTER TABLE registry_jobs_kept_0_operatorbundle RENAME TO operatorbundle;
ALTER TABLE registry_jobs_kept_0_package RENAME TO package;
ALTER TABLE registry_jobs_kept_0_channel RENAME TO channel;
ALTER TABLE registry_jobs_kept_0_channel_entry RENAME TO channel_entry;
ALTER TABLE registry_jobs_kept_0_api RENAME TO api;
ALTER TABLE registry_jobs_kept_0_api_provider RENAME TO api_provider;
