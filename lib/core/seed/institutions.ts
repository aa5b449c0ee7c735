import { roll, textArray } from './sql-fragments.ts';
import { institutionNames, memberOf } from './vocabulary.ts';

/** Adds the institutions of the seed with two users each. What is there already is left alone. */
export function institutionsSql(): string {
  const parents = institutionNames.map((_, index) => memberOf[index + 1] ?? 'null');
  return `do $seed$
declare
  names constant text[] := ${textArray(institutionNames)};
  parents constant integer[] := array[${parents.join(', ')}]::integer[];
begin
  -- One by one and in order, so that the ids are the same in every database, and parents come before associates.
  for k in 1 .. array_length(names, 1) loop
    continue when exists (select from institutions where identifier = format('seed-%s.example.edu', lpad(k::text, 2, '0')));
    insert into institutions (
      name, identifier, type, member_institution_id, receiving_bucket, restore_bucket, spot_restore_frequency, created_at, updated_at
    )
    select
      names[k], domain,
      case when parents[k] is null then 'MemberInstitution' else 'AssociateInstitution' end,
      (select id from institutions where identifier = format('seed-%s.example.edu', lpad(parents[k]::text, 2, '0'))),
      'receiving.' || domain, 'restore.' || domain,
      (array[0, 90, 180, 365])[1 + ${roll('k', 1, 4)}],
      timestamp '2013-07-01' + k * interval '1 day', timestamp '2013-07-01' + k * interval '1 day'
    from format('seed-%s.example.edu', lpad(k::text, 2, '0')) domain;
    insert into users (name, email, role, institution_id, encrypted_password, created_at, updated_at)
    select label || ' of ' || i.name, lower(label) || '@' || i.identifier, role, i.id,
      '$2a$10$seed.only.this.is.not.a.hash.of.any.password.at.all', i.created_at, i.created_at
    from institutions i,
      (values ('Administrator', 'institutional_admin'), ('Depositor', 'institutional_user')) as kind (label, role)
    where i.identifier = format('seed-%s.example.edu', lpad(k::text, 2, '0'))
    order by label;
  end loop;
end
$seed$`;
}
