import { roll, textArray } from './sql-fragments.ts';
import { institutionNames, memberOf } from './vocabulary.ts';

/** Adds the institutions of the seed with two users each. What is there already is left alone. */
export function institutionsSql(): string {
  const domains = institutionNames.map((_, index) => domainOf(index + 1));
  const parents = institutionNames.map((_, index) => {
    const parent = memberOf[index + 1];
    return parent === undefined ? '' : domainOf(parent);
  });
  return `do $seed$
declare
  domains constant text[] := ${textArray(domains)};
  names constant text[] := ${textArray(institutionNames)};
  parents constant text[] := ${textArray(parents)};
begin
  -- One by one and in order: the ids are the same in every database, and members come before their associates.
  for k in 1 .. array_length(domains, 1) loop
    continue when exists (select from institutions where identifier = domains[k]);
    insert into institutions (
      name, identifier, type, member_institution_id, receiving_bucket, restore_bucket, spot_restore_frequency,
      created_at, updated_at
    )
    values (
      names[k], domains[k],
      case parents[k] when '' then 'MemberInstitution' else 'AssociateInstitution' end,
      (select id from institutions where identifier = parents[k]),
      'receiving.' || domains[k], 'restore.' || domains[k],
      (array[0, 90, 180, 365])[1 + ${roll('k', 1, 4)}],
      timestamp '2013-07-01' + k * interval '1 day', timestamp '2013-07-01' + k * interval '1 day'
    );
    insert into users (name, email, role, institution_id, encrypted_password, created_at, updated_at)
    select
      label || ' of ' || i.name, lower(label) || '@' || i.identifier, role, i.id,
      '$2a$10$seed.only.this.is.not.a.hash.of.any.password.at.all', i.created_at, i.created_at
    from institutions i
    cross join (values
      (1, 'Administrator', 'institutional_admin'), (2, 'Depositor', 'institutional_user')
    ) as kind (position, label, role)
    where i.identifier = domains[k]
    order by position;
  end loop;
end
$seed$`;
}

/** `seed-07.example.edu`: a reserved domain, so no message of a test system reaches anyone. */
function domainOf(position: number): string {
  return `seed-${String(position).padStart(2, '0')}.example.edu`;
}
