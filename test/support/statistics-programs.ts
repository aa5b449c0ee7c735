import fc from 'fast-check';

/** One statement of one connection. */
export interface Move {
  readonly by: string;
  readonly sql: string;
  /** What COPY reads. */
  readonly data?: string;
}

/** What several connections do, in this order, and how the statistics are refreshed in the end. */
export interface Program {
  readonly moves: readonly Move[];
  readonly refresh: string;
}

type Statement = Omit<Move, 'by'>;
type Value = string | null;
type Columns = Readonly<Record<string, readonly Value[]>>;

const institution_id = ['1', '2', '3'];
/** The boundaries of months, the first months of history, and a time to come. */
const times = [
  '2020-02-29',
  '2013-06-15',
  '2014-01-31 23:59:59.999999',
  '2014-02-01',
  '2020-03-01',
  '2031-01-01',
];

/** The columns that are counted. Few values for each, so that the same cells and objects are hit again and again. */
const tables: Readonly<Record<string, Columns>> = {
  generic_files: {
    institution_id,
    storage_option: ['Standard', 'S3-VA', 'Glacier-OH'],
    state: ['A', 'A', 'D'],
    intellectual_object_id: ['1', '2', '3', '4'],
    created_at: times,
    size: ['1000', null, '0', '123456789', '9223372036854775807'],
  },
  intellectual_objects: { institution_id, state: ['A', 'D'] },
  work_items: { institution_id, action: ['Ingest', 'Delete', 'Restore Object'] },
  premis_events: {
    institution_id,
    event_type: ['ingestion', 'deletion', 'fixity check'],
    outcome: ['Success', 'Failure', null],
  },
};

export const audit = 'select * from audit_statistics()';
const begins = [
  'begin',
  'begin',
  'begin isolation level repeatable read',
  'begin isolation level serializable',
];
const [counts, deposits] = ['update_counts()', 'update_current_deposit_stats()'];
const folds = [counts, deposits, `${counts}, ${deposits}`].map((calls) => `select ${calls}`);
const history = 'populate_all_historical_deposit_stats()';
/** All statistics, in several orders: whichever is called first has to fold for itself. */
export const refreshes: readonly string[] = [
  `select ${counts}, ${deposits}, ${history}`,
  `select ${deposits}, ${history}, ${counts}`,
  `select ${history}, ${counts}, ${deposits}`,
  `select rebuild_historical_deposit_stats(), ${counts}, ${deposits}`,
];

const truncates = Object.keys(tables).map((table) => `truncate ${table}`);
const prices = [
  `update storage_options set cost_gb_per_month = cost_gb_per_month + 0.001 where name <> 'Standard'`,
  `update institutions set name = 'New name', member_institution_id = 1 where id = 2`,
];

const integer = (min: number, max: number) => fc.integer({ min, max });
const textsOf = (...texts: string[]) => fc.constantFrom(...texts);
const movesOf = (by: string, texts: fc.Arbitrary<string>) => texts.map((sql): Move => ({ by, sql }));
const mix = <T>(...parts: (readonly [weight: number, of: fc.Arbitrary<T>])[]) =>
  fc.oneof(...parts.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const list = (row: readonly Value[]) =>
  row.map((value) => (value === null ? 'null' : `'${value}'`)).join(', ');

/** Every way to write one table. `ids`: rows are chosen by the remainder of their id, so many ids make for few rows. */
function writes(table: string, columns: Columns, ids: number): fc.Arbitrary<Statement> {
  const names = Object.keys(columns);
  const row = fc.tuple(...Object.values(columns).map((values) => fc.constantFrom(...values)));
  const rows = fc.array(row, { minLength: 1, maxLength: 6 });
  const into = `${table} (${names.join(', ')})`;
  const range = fc.tuple(integer(1, ids), integer(0, 5));
  const where = range.map(([from, more]) => `where id % ${ids} between ${from} and ${from + more}`);
  const series = range.map(([from, more]) => `generate_series(${from}, ${from + more}) k`);
  // One column, or some, or none that counts; and an ORM writes the others too, as they were.
  const single = fc.constantFrom(...names).map((name) => [name]);
  const chosen = fc.oneof(single, fc.subarray(names));
  const set = fc.tuple(chosen, row, fc.boolean()).map(([changed, values, all]) => {
    const others = names.flatMap((name, at) => {
      if (changed.includes(name)) return [`${name} = ${list([values[at] ?? null])}`];
      return all ? [`${name} = ${table}.${name}`] : [];
    });
    return `set ${['updated_at = now()', ...others].join(', ')}`;
  });
  const action = fc.oneof(
    fc.constant('nothing'),
    set.map((changes) => `update ${changes}`),
  );
  const texts = mix(
    [2, row.map((one) => `insert into ${into} values (${list(one)})`)],
    [1, rows.map((many) => `insert into ${into} values ${many.map((one) => `(${list(one)})`).join(', ')}`)],
    [1, fc.tuple(row, series).map(([one, from]) => `insert into ${into} select ${list(one)} from ${from}`)],
    [
      1,
      fc
        .tuple(row, series, action)
        .map(
          ([one, from, act]) =>
            `insert into ${into.replace('(', '(id, ')} select k, ${list(one)} from ${from} on conflict (id) do ${act}`,
        ),
    ],
    [
      1,
      fc
        .tuple(row, series, set)
        .map(
          ([one, from, changes]) =>
            `merge into ${table} using ${from} on ${table}.id = k when matched and k % 3 = 0 then delete ` +
            `when matched and k % 3 = 1 then update ${changes} when matched then do nothing ` +
            `when not matched then insert (id, ${names.join(', ')}) values (k, ${list(one)})`,
        ),
    ],
    [5, fc.tuple(set, where).map(([changes, which]) => `update ${table} ${changes} ${which}`)],
    [2, where.map((which) => `delete from ${table} ${which}`)],
  );
  const copies = rows.map((many) => ({
    sql: `copy ${into} from stdin (format csv)`,
    data: many.map((one) => `${one.join()}\n`).join(''), // join() writes null as nothing, and so does CSV
  }));
  return mix<Statement>([12, texts.map((sql) => ({ sql }))], [1, copies]);
}

/** What an application does: it writes all four tables, in transactions and without, and may even refresh within one. */
export function clientMoves(number: number, ids: number): fc.Arbitrary<Move> {
  const by = `client ${number}`;
  const others = mix(
    [14, textsOf(...begins)],
    [16, textsOf('commit', 'commit', 'commit', 'rollback')],
    [12, textsOf('savepoint s', 'savepoint s', 'rollback to s', 'rollback to s', 'release s')],
    [4, textsOf(`prepare transaction '${by}'`)],
    [1, textsOf(...truncates)],
    [2, textsOf(...prices)],
    [2, textsOf(audit, ...folds)],
  );
  const written = Object.entries(tables).map(
    ([table, columns]) => [table === 'generic_files' ? 30 : 14, writes(table, columns, ids)] as const,
  );
  const statements = mix<Statement>([51, others.map((sql) => ({ sql }))], ...written);
  return statements.map((statement) => ({ by, ...statement }));
}

/** What jobs do in one go; and someone finishes what that many clients have prepared. */
export function jobMoves(clients: number): fc.Arbitrary<Move> {
  const prepared = Array.from({ length: clients }, (_, index) => `prepared 'client ${index + 1}'`);
  const whole = fc.tuple(textsOf(...begins), textsOf(...folds), textsOf('commit', 'commit', 'rollback'));
  const texts = mix(
    [10, textsOf(...folds)],
    [7, whole.map((statements) => statements.join('; '))],
    [1, textsOf('select rebuild_statistics()')],
    [1, textsOf(`delete from historical_deposit_stats where end_date = '2020-03-01'; select ${history}`)],
    [3, textsOf(...prepared.flatMap((it) => [`commit ${it}`, `commit ${it}`, `rollback ${it}`]))],
  );
  return movesOf('job', texts);
}

/**
 * Programs of that many clients, a job and an operator. Their order is that of one list, so it shrinks like everything else; and
 * any part of a program is a program: COMMIT without BEGIN is a warning, and a savepoint that is not there is refused.
 */
export function programs(clients: number): fc.Arbitrary<Program> {
  const client = fc.oneof(...Array.from({ length: clients }, (_, index) => clientMoves(index + 1, 16)));
  const pauses = textsOf(...begins, 'commit', 'commit', 'commit', 'rollback', audit, audit);
  const move = mix(
    [46, client],
    [8, jobMoves(clients)],
    [4, movesOf('job', pauses)],
    [2, movesOf('operator', textsOf(...truncates))],
  );
  const print = ({ by, sql, data = '' }: Move) =>
    `\n  ${by}: ${sql}${data && ` <<< ${JSON.stringify(data)}`}`;
  return fc
    .record({ moves: fc.array(move, { maxLength: 80, size: 'max' }), refresh: textsOf(...refreshes) })
    .map(({ moves, refresh }) => ({
      moves,
      refresh,
      [fc.toStringMethod]: () => [...moves, { by: 'job, at last', sql: refresh }].map(print).join(''),
    }));
}
