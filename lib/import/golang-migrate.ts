import { byNumber, isSqlAtTop } from './marked.ts';
import { plainNumber, withOthers } from './others.ts';
import type { Found, SourceFile, Tool } from './tool.ts';
import { appliedUpTo } from './up-to.ts';

const NAME = /^(\d+)_(.*)\.(up|down)\.sql$/;

/** golang-migrate: pairs, as ours; it knows no transaction, and its ledger is one number. */
export const golangMigrate: Tool = {
  name: 'golang-migrate',
  recognise: (files) => {
    const first = files.find((file) => isSqlAtTop(file) && NAME.test(file.path));
    return first && `the pair of ${first.path}`;
  },
  read: (files) => {
    // It pairs by number, whatever the titles are.
    const pairs = Map.groupBy(
      files.filter((file) => isSqlAtTop(file) && NAME.test(file.path)),
      ({ path }) => plainNumber(NAME.exec(path)?.[1] ?? '0'),
    );
    const found = [...pairs.values()]
      .flatMap(readPair)
      .toSorted((a, b) => byNumber(a.sources[0] ?? '', b.sources[0] ?? ''));
    return { ...withOthers('golang-migrate', files, { found, leftOut: [] }), notes: [] };
  },
  ledger: {
    table: 'schema_migrations',
    columns: { version: /^bigint$/, dirty: /^boolean$/ },
    read: ([row], reading) => {
      const version = row?.version ?? undefined;
      if (row?.dirty === 'true') {
        const message = `golang-migrate calls version ${version} dirty: it failed half way.`;
        const hint = 'Mend the database and say so with its own "force" first.';
        return { applied: [], refusal: { code: 'dirty', message, hint }, notes: [] };
      }
      const isNone = version === undefined || version.startsWith('-');
      return appliedUpTo('golang-migrate', isNone ? undefined : version, reading);
    },
  },
  usesTransaction: false,
};

function readPair(files: readonly SourceFile[]): Found[] {
  const of = (direction: string) => files.filter(({ path }) => NAME.exec(path)?.[3] === direction);
  const [down] = of('down');
  return of('up').map((up): Found => {
    const [, number = '', title = ''] = NAME.exec(up.path) ?? [];
    return {
      id: plainNumber(number),
      sources: [up.path, ...(down ? [down.path] : [])],
      kind: 'numbered',
      number,
      title,
      up: { text: up.text, transaction: true },
      ...(down && { down: { text: down.text, transaction: true } }),
    };
  });
}
