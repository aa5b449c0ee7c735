-- What the web application shows, one query where an ORM would issue many.
--
-- Columns are listed one by one: a view made with "t.*" could not be replaced after its table has grown a column.
-- New columns go at the end, because CREATE OR REPLACE VIEW can add only there. Counts and digests are subqueries in
-- the select list, which run for the rows that are returned: a page of 20 files costs 20 look-ups, count(*) none.

create or replace view institutions_view as
select
  i.id, i.name, i.identifier, i.state, i.type, i.member_institution_id,
  parent.name as parent_name,
  parent.identifier as parent_identifier,
  parent.state as parent_state,
  i.otp_enabled, i.receiving_bucket, i.restore_bucket, i.spot_restore_frequency, i.last_spot_restore_work_item_id,
  i.deactivated_at, i.created_at, i.updated_at
from institutions i
left join institutions parent on parent.id = i.member_institution_id;

-- Without the columns that hold secrets or hashes of secrets.
create or replace view users_view as
select
  u.id, u.name, u.email, u.phone_number, u.role, u.institution_id,
  i.name as institution_name,
  i.identifier as institution_identifier,
  i.state as institution_state,
  i.member_institution_id,
  u.otp_required_for_login, u.enabled_two_factor, u.confirmed_two_factor,
  u.sign_in_count, u.current_sign_in_at, u.current_sign_in_ip, u.last_sign_in_at, u.last_sign_in_ip,
  u.deactivated_at, u.created_at, u.updated_at
from users u
join institutions i on i.id = u.institution_id;

create or replace view intellectual_objects_view as
select
  o.id, o.title, o.description, o.identifier, o.alt_identifier, o.access, o.bag_name, o.bag_group_identifier,
  o.institution_id,
  i.name as institution_name,
  i.identifier as institution_identifier,
  i.type as institution_type,
  i.member_institution_id,
  o.state, o.etag, o.storage_option, o.bagit_profile_identifier, o.source_organization,
  o.internal_sender_identifier, o.internal_sender_description, o.created_at, o.updated_at,
  (select count(*) from generic_files f where f.intellectual_object_id = o.id and f.state = 'A') as file_count,
  (select coalesce(sum(f.size), 0) from generic_files f where f.intellectual_object_id = o.id and f.state = 'A') as size
from intellectual_objects o
join institutions i on i.id = o.institution_id;

create or replace view generic_files_view as
select
  f.id, f.identifier, f.file_format, f.size,
  f.intellectual_object_id,
  o.identifier as object_identifier,
  o.access,
  o.state as object_state,
  f.institution_id,
  i.name as institution_name,
  i.identifier as institution_identifier,
  f.state, f.last_fixity_check, f.storage_option, f.uuid,
  (select c.digest from checksums c where c.generic_file_id = f.id and c.algorithm = 'md5'
    order by c.datetime desc, c.id desc limit 1) as md5,
  (select c.digest from checksums c where c.generic_file_id = f.id and c.algorithm = 'sha1'
    order by c.datetime desc, c.id desc limit 1) as sha1,
  (select c.digest from checksums c where c.generic_file_id = f.id and c.algorithm = 'sha256'
    order by c.datetime desc, c.id desc limit 1) as sha256,
  (select c.digest from checksums c where c.generic_file_id = f.id and c.algorithm = 'sha512'
    order by c.datetime desc, c.id desc limit 1) as sha512,
  f.access_time, f.change_time, f.mod_time, f.uid, f.uname, f.gid, f.gname, f.mode, f.created_at, f.updated_at
from generic_files f
join intellectual_objects o on o.id = f.intellectual_object_id
join institutions i on i.id = f.institution_id;

create or replace view checksums_view as
select
  c.id, c.algorithm, c.datetime, c.digest, c.generic_file_id,
  f.identifier as generic_file_identifier,
  f.state,
  f.intellectual_object_id,
  f.institution_id,
  c.created_at, c.updated_at
from checksums c
join generic_files f on f.id = c.generic_file_id;

create or replace view premis_events_view as
select
  e.id, e.identifier, e.event_type, e.date_time, e.outcome, e.outcome_detail, e.detail, e.object, e.agent,
  e.institution_id,
  i.name as institution_name,
  e.intellectual_object_id,
  o.identifier as intellectual_object_identifier,
  e.generic_file_id,
  f.identifier as generic_file_identifier,
  e.created_at, e.updated_at
from premis_events e
left join institutions i on i.id = e.institution_id
left join intellectual_objects o on o.id = e.intellectual_object_id
left join generic_files f on f.id = e.generic_file_id;

create or replace view work_items_view as
select
  w.id, w.name, w.etag, w.bucket, w."user", w.note, w.action, w.stage, w.status, w.outcome, w.bag_date,
  w.date_processed, w.retry, w.node, w.pid, w.needs_admin_review,
  w.institution_id,
  i.name as institution_name,
  i.identifier as institution_identifier,
  w.intellectual_object_id,
  o.identifier as object_identifier,
  o.alt_identifier,
  o.bag_group_identifier,
  coalesce(f.storage_option, o.storage_option) as storage_option,
  w.generic_file_id,
  f.identifier as generic_file_identifier,
  w.queued_at, w.size, w.stage_started_at, w.aptrust_approver, w.inst_approver, w.deletion_request_id,
  w.created_at, w.updated_at
from work_items w
left join institutions i on i.id = w.institution_id
left join intellectual_objects o on o.id = w.intellectual_object_id
left join generic_files f on f.id = w.generic_file_id;

-- Without the token: a list of requests must not confirm one.
create or replace view deletion_requests_view as
select
  d.id, d.institution_id,
  i.name as institution_name,
  i.identifier as institution_identifier,
  d.requested_by_id, requester.name as requested_by_name, requester.email as requested_by_email, d.requested_at,
  d.confirmed_by_id, confirmer.name as confirmed_by_name, confirmer.email as confirmed_by_email, d.confirmed_at,
  d.cancelled_by_id, canceller.name as cancelled_by_name, canceller.email as cancelled_by_email, d.cancelled_at,
  (select count(*) from deletion_requests_generic_files r where r.deletion_request_id = d.id) as file_count,
  (select count(*) from deletion_requests_intellectual_objects r where r.deletion_request_id = d.id) as object_count,
  (select count(*) from work_items w where w.deletion_request_id = d.id) as work_item_count,
  d.created_at, d.updated_at
from deletion_requests d
left join institutions i on i.id = d.institution_id
left join users requester on requester.id = d.requested_by_id
left join users confirmer on confirmer.id = d.confirmed_by_id
left join users canceller on canceller.id = d.cancelled_by_id;

-- One row for each alert and recipient; an alert nobody received yet has one row without a user.
create or replace view alerts_view as
select
  a.id, a.institution_id,
  i.name as institution_name,
  i.identifier as institution_identifier,
  a.type, a.subject, a.content, a.deletion_request_id,
  au.user_id,
  u.name as user_name,
  u.email as user_email,
  au.sent_at, au.read_at,
  (select count(*) from alerts_premis_events ae where ae.alert_id = a.id) as event_count,
  (select count(*) from alerts_work_items aw where aw.alert_id = a.id) as work_item_count,
  a.created_at, a.updated_at
from alerts a
left join institutions i on i.id = a.institution_id
left join alerts_users au on au.alert_id = a.id
left join users u on u.id = au.user_id;
