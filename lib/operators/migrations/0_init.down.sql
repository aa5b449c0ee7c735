-- registry-jobs: foreign-keys off
-- Without this version there are no tables. What is in them is not thrown away: it waits for the way up under another name.
ALTER TABLE operatorbundle RENAME TO registry_jobs_kept_0_operatorbundle;
ALTER TABLE package RENAME TO registry_jobs_kept_0_package;
ALTER TABLE channel RENAME TO registry_jobs_kept_0_channel;
ALTER TABLE channel_entry RENAME TO registry_jobs_kept_0_channel_entry;
ALTER TABLE api RENAME TO registry_jobs_kept_0_api;
ALTER TABLE api_provider RENAME TO registry_jobs_kept_0_api_provider;
