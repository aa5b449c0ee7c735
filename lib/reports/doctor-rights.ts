import { count, listed } from '../text/format.ts';
import { checkOfError, type DoctorCheck } from './doctor.ts';
import type { LedgerFacts, LockFacts, RoleFacts, SchemaFacts, SessionFacts } from './doctor-facts.ts';

/** How names are written in SQL that can be pasted. */
export type Quote = (name: string) => string;

/** What this user may do, as far as `up` needs it; nothing of what could not be asked. Pure. */
export function checkRights(
  { server, roles, schemas, ledger, lock }: SessionFacts,
  quote: Quote,
): DoctorCheck[] {
  const user = server?.currentUser ?? '';
  return [
    ...(roles ? [checkRoles(roles, server?.sessionUser ?? user, user, quote)] : []),
    ...(schemas ? [checkSchemas(schemas, user, quote)] : []),
    ...(ledger ? [checkLedger(ledger, user, quote)] : []),
    ...(ledger?.halfDone ? [checkOfError('ledger', ledger.halfDone)] : []),
    ...(lock ? [checkLock(lock, user)] : []),
  ];
}

function checkRoles(
  { superuser, bypassRls, memberOf, owners }: RoleFacts,
  session: string,
  user: string,
  quote: Quote,
): DoctorCheck {
  const as = session === user ? user : `${session}, who works as ${user},`;
  const is = [...(superuser ? ['a superuser'] : []), ...(bypassRls && !superuser ? ['bypassing RLS'] : [])];
  const member = memberOf.length > 0 ? `member of ${listed(memberOf, 6)}` : 'member of no other role';
  const kind = superuser ? 'a superuser' : [...is, member].join(', ');
  const others = owners.filter(({ ours }) => !ours);
  const own = owners.filter(({ ours }) => ours).reduce((sum, { tables }) => sum + tables, 0);
  const of = (tables: number) => count(tables, 'table');
  if (others.length === 0) {
    const rest =
      own === 0 ? 'no tables in the schemas of search_path yet' : `may change all ${of(own)} there`;
    return { step: 'roles', status: 'ok', message: `${as} is ${kind}; ${rest}` };
  }
  const theirs = others.map(({ owner, tables }) => `${of(tables)} of ${owner}`);
  return {
    ...{ step: 'roles', status: 'warning' },
    message: `${as} is ${kind}; only an owner may alter or drop a table, and this user is not that for ${listed(theirs, 4)}`,
    hint: 'Migrate as that owner, or let an administrator say:',
    // Who is a member already, and does not inherit, begins as the owner.
    run: others
      .map(({ owner, member: isMember }) =>
        isMember
          ? `ALTER ROLE ${quote(session)} SET role = ${quote(owner)};`
          : `GRANT ${quote(owner)} TO ${quote(user)};`,
      )
      .join('\n'),
  };
}

function checkSchemas({ searchPath, target, schemas }: SchemaFacts, user: string, quote: Quote): DoctorCheck {
  const path = `search_path ${searchPath === '' ? 'is empty' : `is ${searchPath}`}`;
  const at = schemas.findIndex(({ schema }) => schema === target);
  const isUsable = schemas[at]?.create === true;
  // What stands before the first that may be used was meant first.
  const skipped = schemas.slice(0, at < 0 ? schemas.length : at);
  const wanting = [...skipped, ...(isUsable ? [] : schemas.slice(at, at + 1))];
  const may = schemas.filter(({ create }) => create).map(({ schema }) => schema);
  if (isUsable && wanting.length === 0)
    return { step: 'schema', status: 'ok', message: `${path}; ${user} may create in ${listed(may, 6)}` };
  const [first] = wanting;
  const run = first
    ? first.exists
      ? `GRANT USAGE, CREATE ON SCHEMA ${quote(first.schema)} TO ${quote(user)};`
      : `CREATE SCHEMA ${quote(first.schema)} AUTHORIZATION ${quote(user)};`
    : `ALTER ROLE ${quote(user)} SET search_path = public;`;
  const why = wanting.map((one) => `${whatOf(one, user)}`);
  const rest = isUsable
    ? `so a file that names no schema creates in ${target}`
    : 'so a file that names no schema has nowhere to create anything';
  return {
    ...{ step: 'schema', status: isUsable ? 'warning' : 'problem' },
    ...(!isUsable && { code: 'statement-failed' }),
    message: `${[path, ...why].join('; ')}${wanting.length > 0 ? ',' : ':'} ${rest}`,
    hint: `${isUsable ? 'If it is meant, let' : 'Let'} the owner of the ${first?.exists === false ? 'database' : 'schema'} say:`,
    run,
  } as DoctorCheck;
}

function whatOf({ schema, exists, usage }: SchemaFacts['schemas'][number], user: string): string {
  if (!exists) return `there is no schema ${schema}`;
  return usage ? `${user} may not create in ${schema}` : `${user} may not use ${schema}`;
}

function checkLedger(found: LedgerFacts, user: string, quote: Quote): DoctorCheck {
  const { schema, schemaExists, mayCreate, ledger, journal, unreadable } = found;
  if (unreadable) return checkOfError('ledger', unreadable);
  const problem = (message: string, run: string): DoctorCheck => ({
    ...{ step: 'ledger', status: 'problem', code: 'ledger-failed', message },
    hint: 'Let an owner say:',
    run,
  });
  if (!schemaExists)
    return problem(
      `there is no schema ${schema}`,
      `CREATE SCHEMA ${quote(schema)} AUTHORIZATION ${quote(user)};`,
    );
  const absent = [ledger, journal].filter(({ exists }) => !exists);
  if (absent.length > 0 && !mayCreate) {
    const message = `there is no ${listed(absent.map(({ table }) => table))}, and ${user} may not create it in ${schema}`;
    return problem(message, `GRANT USAGE, CREATE ON SCHEMA ${quote(schema)} TO ${quote(user)};`);
  }
  const full = (table: string) => `${quote(schema)}.${quote(table)}`;
  const there = [ledger, journal].filter(({ exists }) => exists);
  const incomplete = there.find((table) => table.incomplete && !table.owned);
  if (incomplete) {
    const message = `${incomplete.table} lacks columns, and ${user} may not add them: only its owner may`;
    return problem(message, `ALTER TABLE ${full(incomplete.table)} OWNER TO ${quote(user)};`);
  }
  // Only what is undone is deleted, and only from the ledger.
  const lacks = there.flatMap(({ table, missing }) => {
    const needed = missing.filter((right) => right !== 'DELETE');
    return needed.length > 0 ? [{ table, needed }] : [];
  });
  if (lacks.length > 0) {
    const message = lacks.map(({ table, needed }) => `${listed(needed)} on ${table}`).join('; ');
    const grants = lacks.map(
      ({ table, needed }) => `GRANT ${needed.join(', ')} ON ${full(table)} TO ${quote(user)};`,
    );
    return problem(`${user} lacks ${message}`, grants.join('\n'));
  }
  return describeUsable(found, user, quote);
}

function describeUsable(
  { schema, rows, ledger, journal }: LedgerFacts,
  user: string,
  quote: Quote,
): DoctorCheck {
  const name = `${schema}.${ledger.table}`;
  if (!ledger.exists) {
    const other = journal.exists ? `; ${journal.table} is there` : '';
    return {
      step: 'ledger',
      status: 'ok',
      message: `${name} is not there yet; ${user} may create it${other}`,
    };
  }
  // It is not counted where no table was opened.
  const holds = rows === undefined ? 'is there' : `has ${count(rows, 'version')}`;
  const has = `${name} ${holds}; ${user} may read and write it`;
  const message = journal.exists ? `${has} and ${journal.table}` : `${has}, and create ${journal.table}`;
  if (!ledger.missing.includes('DELETE')) return { step: 'ledger', status: 'ok', message };
  return {
    ...{ step: 'ledger', status: 'warning' },
    message: `${message}, but delete nothing from it: down, redo and force --remove would fail`,
    hint: 'Let its owner say:',
    run: `GRANT DELETE ON ${quote(schema)}.${quote(ledger.table)} TO ${quote(user)};`,
  };
}

function checkLock({ mayTake, heldBy }: LockFacts, user: string): DoctorCheck {
  if (!mayTake) {
    return {
      ...{ step: 'lock', status: 'problem', code: 'server-error' },
      message: `${user} may not call pg_try_advisory_lock, by which runs keep apart`,
      hint: 'Let an administrator say:',
      run: 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) TO PUBLIC;',
    };
  }
  if (heldBy === undefined)
    return {
      step: 'lock',
      status: 'ok',
      message: `nobody holds the lock of the migrations; ${user} may take it`,
    };
  return {
    ...{ step: 'lock', status: 'warning' },
    message: `the lock of the migrations is held by ${heldBy}: up would wait for it, five minutes unless told otherwise`,
    hint: 'See what it does:',
    run: 'registry-jobs watch',
  };
}
