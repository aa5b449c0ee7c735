import { partOf, reserveIds, roll, textArray } from './sql-fragments.ts';
import { bagSizes, fileFormats, filesPerCycle, storageShares } from './vocabulary.ts';

/** The key in internal_metadata under which the seed remembers how far it came. */
export const progressKey = 'seed: running number of the last file';

const optionNames = storageShares.map(([name]) => name);
const optionShares = storageShares.map(([, perMille]) => perMille);

/** The running number of the bag that file number `n` lies in; both count from 0. */
function bagOf(n: string): string {
  return `(${n} / ${filesPerCycle} * ${bagSizes.length} + ${partOf(`${n} % ${filesPerCycle}`, bagSizes)} - 1)`;
}

/** Seconds between two timestamps, for a roll. At least one. */
function seconds(from: string, to: string): string {
  return `greatest(extract(epoch from ${to} - ${from})::bigint, 1)`;
}

/**
 * One statement that adds `files` files with their objects, digests, storage records, events and work items. It is a
 * DO block, so it happens as a whole or not at all. Batches go on from each other: the progress row in
 * internal_metadata tells where the next one begins, which is always with a new bag.
 */
export function batchSql(files: number): string {
  return `do $seed$
declare
  starts_at constant timestamp := '2014-01-01';
  ends_at constant timestamp := '2025-07-01'; -- not today: a seed of next year is the same
  all_seconds constant bigint := ${seconds('starts_at', 'ends_at')};
  first_file constant bigint := coalesce(
    (select value::bigint + 1 from internal_metadata where key = '${progressKey}'), 0);
  last_file constant bigint := first_file + ${files} - 1;
  first_bag constant bigint := ${bagOf('first_file')};
  bags constant bigint := ${bagOf('last_file')} - first_bag + 1;
  institution_ids constant bigint[] := array(
    select id from institutions where identifier like 'seed-__.example.edu' order by identifier);
  object_base constant bigint := ${reserveIds('intellectual_objects', 'bags')};
  file_base constant bigint := ${reserveIds('generic_files', `${files}`)};
  checksum_base constant bigint := ${reserveIds('checksums', `${2 * files}`)};
  record_base constant bigint := ${reserveIds('storage_records', `${files}`)};
  event_base constant bigint := ${reserveIds('premis_events', `(bags + ${2 * files})`)};
  item_base constant bigint := ${reserveIds('work_items', '2 * bags')};
begin
  ${objectsSql}
  ${filesSql}
  ${fileDetailsSql}
  ${eventsSql}
  ${workItemsSql}
  insert into internal_metadata as m (key, value, created_at, updated_at)
  -- Rounded up to a whole cycle: the next batch begins with a new bag.
  values ('${progressKey}', ((last_file / ${filesPerCycle} + 1) * ${filesPerCycle} - 1)::text, ends_at, ends_at)
  on conflict (key) do update set value = excluded.value;
end
$seed$`;
}

const objectsSql = `insert into intellectual_objects (
    id, title, description, identifier, alt_identifier, access, bag_name, bag_group_identifier, institution_id,
    state, etag, storage_option, bagit_profile_identifier, source_organization, internal_sender_identifier,
    created_at, updated_at
  )
  select
    object_base + bag - first_bag, 'Deposit ' || bag, 'Made up by the seed', i.identifier || '/bag-' || bag,
    case when ${roll('bag', 1, 5)} = 0 then 'local:' || bag end,
    (array['consortia', 'institution', 'institution', 'restricted'])[1 + ${roll('bag', 2, 4)}],
    'bag-' || bag || '.tar',
    case when ${roll('bag', 3, 10)} = 0 then 'group-' || bag / 10 end,
    i.id, made.state, md5('bag ' || bag),
    (${textArray(optionNames)})[${partOf(roll('bag', 4, 1000), optionShares)}],
    'https://example.org/profiles/registry-v2.2.json', i.name, 'sender-' || bag, made.created_at,
    made.created_at + case made.state when 'A' then interval '0'
      else interval '1 second' * ${roll('bag', 5, seconds('made.created_at', 'ends_at'))} end
  from (
    select
      bag,
      -- The product of two even rolls: the first institutions get most, the last ones next to nothing.
      institution_ids[1 + ${roll('bag', 6, 31)} * ${roll('bag', 7, 31)} / 31] as institution_id,
      case ${roll('bag', 8, 33)} when 0 then 'D' else 'A' end as state,
      -- The later of two even rolls: deposits grow from year to year.
      starts_at + interval '1 second' * greatest(
        ${roll('bag', 9, 'all_seconds')}, ${roll('bag', 10, 'all_seconds')}
      ) as created_at
    from generate_series(first_bag, first_bag + bags - 1) bag
  ) made
  join institutions i on i.id = made.institution_id;`;

const filesSql = `insert into generic_files (
    id, identifier, file_format, size, intellectual_object_id, institution_id, state, last_fixity_check,
    storage_option, uuid, mod_time, uid, uname, gid, gname, mode, created_at, updated_at
  )
  select
    file_base + n - first_file,
    identifier || '/data/' || n || '.' || (${textArray(fileFormats.map(([extension]) => extension))})[format],
    (${textArray(fileFormats.map(([, mediaType]) => mediaType))})[format],
    size, object_id, institution_id, state,
    -- Deep archives are not read for a check. The others were all read in the last ninety days.
    case when state = 'A' and storage_option not like 'Glacier%'
      then greatest(created_at, ends_at - interval '1 second' * ${roll('n', 11, 90 * 86_400)}) end,
    storage_option, md5('file ' || n)::uuid,
    created_at - interval '30 days', 1000, 'depositor', 100, 'staff', 33188, created_at,
    created_at + case state when 'A' then interval '0'
      else interval '1 second' * ${roll('n', 12, seconds('created_at', 'ends_at'))} end
  from (
    select
      n, o.id as object_id, o.identifier, o.institution_id,
      (1 + ${roll('n', 13, fileFormats.length)})::integer as format,
      -- Every power of two from 256 bytes to 128 MB is as likely as the others. A few old rows have no size.
      case when ${roll('n', 14, 2000)} > 0
        then (256 << ${roll('n', 15, 20)}::integer) * (1000 + ${roll('n', 16, 1000)}) / 1000 end as size,
      case when o.state = 'D' or ${roll('n', 17, 50)} = 0 then 'D' else 'A' end as state,
      case when ${roll('n', 18, 100)} = 0 then 'Standard' else o.storage_option end as storage_option,
      -- Most files come with the bag, one in 25 with a later version of it.
      o.created_at + interval '1 second' * case when ${roll('n', 19, 25)} > 0 then ${roll('n', 20, 600)}
        else ${roll('n', 20, seconds('o.created_at', 'ends_at'))} end as created_at
    from generate_series(first_file, last_file) n
    join intellectual_objects o on o.id = object_base + ${bagOf('n')} - first_bag
    where o.id between object_base and object_base + bags - 1
  ) made;`;

const fileDetailsSql = `insert into checksums (
    id, generic_file_id, algorithm, digest, datetime, created_at, updated_at
  )
  select checksum_base + 2 * (f.id - file_base) + k, f.id, algorithm, digest, f.created_at, f.created_at, f.created_at
  from generic_files f
  cross join lateral (values
    (0, 'md5', md5(f.identifier)), (1, 'sha256', encode(sha256(f.identifier::bytea), 'hex'))
  ) as made (k, algorithm, digest)
  where f.id between file_base and file_base + last_file - first_file;

  insert into storage_records (id, generic_file_id, url, created_at, updated_at)
  select record_base + f.id - file_base, f.id,
    'https://' || lower(f.storage_option) || '.preservation.example.org/' || f.uuid, f.created_at, f.created_at
  from generic_files f
  where f.id between file_base and file_base + last_file - first_file;`;

const eventsSql = `insert into premis_events (
    id, identifier, event_type, date_time, outcome, outcome_detail, detail, object, agent,
    intellectual_object_id, generic_file_id, institution_id, created_at, updated_at
  )
  select
    event_base + o.id - object_base, md5('creation ' || o.identifier)::uuid, 'creation', o.created_at, 'Success',
    null, 'Object created', 'registry', 'https://example.org/preservation-services',
    o.id, null, o.institution_id, o.created_at, o.created_at
  from intellectual_objects o
  where o.id between object_base and object_base + bags - 1
  union all
  select
    event_base + bags + 2 * (f.id - file_base) + k, md5(event_type || ' ' || f.identifier)::uuid, event_type, at,
    outcome, null, detail, 'preservation-services', 'https://example.org/preservation-services',
    f.intellectual_object_id, f.id, f.institution_id, at, at
  from generic_files f
  cross join lateral (values
    (0, 'ingestion', f.created_at, 'Success', 'File copied to preservation storage'),
    -- The latest event of every deleted file and of a quarter of the others.
    (1,
      case when f.state = 'D' then 'deletion' when ${roll('f.id', 23, 4)} > 0 then null
        when f.last_fixity_check is null then 'replication' else 'fixity check' end,
      case when f.state = 'D' then f.updated_at else coalesce(f.last_fixity_check, f.created_at) end,
      case ${roll('f.id', 21, 1000)} when 0 then 'Failure' when 1 then null else 'Success' end,
      'Recorded by the seed')
  ) as made (k, event_type, at, outcome, detail)
  where f.id between file_base and file_base + last_file - first_file and event_type is not null;`;

const workItemsSql = `insert into work_items (
    id, name, etag, bucket, "user", note, action, stage, status, outcome, date_processed, institution_id,
    intellectual_object_id, queued_at, created_at, updated_at
  )
  select
    item_base + 2 * (o.id - object_base) + k, o.bag_name, o.etag, 'receiving.' || i.identifier,
    'depositor@' || i.identifier, 'Done', action, 'Cleanup', 'Success', 'Done', o.updated_at, o.institution_id,
    o.id, o.created_at, o.created_at, o.updated_at
  from intellectual_objects o
  join institutions i on i.id = o.institution_id
  cross join lateral (values
    (0, 'Ingest'),
    (1, case when o.state = 'D' then 'Delete' when ${roll('o.id', 22, 20)} = 0 then 'Restore Object' end)
  ) as made (k, action)
  where o.id between object_base and object_base + bags - 1 and action is not null;`;
