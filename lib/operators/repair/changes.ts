import type { DatabaseSync } from 'node:sqlite';
import type { NotDerived, RepairedTable } from '../../reports/operators-repair.ts';

type Kind = 'added' | 'changed' | 'removed';

/** Collects what a repair does, by table and by what it was. */
export interface Changes {
  /** Notes rows that were written. Nothing where there are none. */
  note(table: string, kind: Kind, done: string, bundle: string | undefined, rows?: number): void;
  /** Notes what cannot be derived. */
  lost(what: string, bundle?: string): void;
  tables(): RepairedTable[];
  notDerived(): NotDerived[];
}

const TABLES = [
  ...['operatorbundle', 'api', 'api_provider', 'api_requirer'],
  ...['related_image', 'dependencies', 'properties'],
];

export function collectChanges(database: DatabaseSync): Changes {
  const before = countRows(database);
  const notes = new Map<
    string,
    { table: string; kind: Kind; done: string; rows: number; names: Set<string> }
  >();
  const lost = new Map<string, Set<string>>();
  return {
    note(table, kind, done, bundle, rows = 1) {
      if (rows === 0) return;
      const key = `${table} ${kind} ${done}`;
      const known = notes.get(key) ?? { table, kind, done, rows: 0, names: new Set() };
      known.rows += rows;
      if (bundle !== undefined) known.names.add(bundle);
      notes.set(key, known);
    },
    lost(what, bundle) {
      const known = lost.get(what) ?? new Set();
      if (bundle !== undefined) known.add(bundle);
      lost.set(what, known);
    },
    tables() {
      const after = countRows(database);
      return TABLES.flatMap((table): RepairedTable[] => {
        const own = [...notes.values()].filter((note) => note.table === table);
        if (own.length === 0) return [];
        const rowsOf = (kind: Kind) =>
          own.reduce((sum, note) => sum + (note.kind === kind ? note.rows : 0), 0);
        return [
          {
            table,
            before: before.get(table) ?? 0,
            after: after.get(table) ?? 0,
            added: rowsOf('added'),
            changed: rowsOf('changed'),
            removed: rowsOf('removed'),
            what: own.map(({ done, rows, names }) => ({ done, rows, bundles: [...names] })),
          },
        ];
      });
    },
    notDerived: () => [...lost].map(([what, names]) => ({ what, bundles: [...names] })),
  };
}

function countRows(database: DatabaseSync): ReadonlyMap<string, number> {
  return new Map(
    TABLES.map((table) => [
      table,
      Number(database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows),
    ]),
  );
}
