import { UsageError } from '../errors/error.ts';
import type { LeftOut } from '../reports/import.ts';
import { listed } from '../text/format.ts';
import { baseName } from './others.ts';
import type { Reading, SourceFile, Tool } from './tool.ts';

const STRUCTURE = 'structure.sql';
const RUBY = /^(?:migrate\/)?(\d+)_\w+\.rb$/;

/** Rails: migrations in Ruby, whose outcome is in `db/structure.sql` with the versions that made it. */
export const rails: Tool = {
  name: 'rails',
  recognise: (files) => {
    const first = files.find(({ path }) => path === STRUCTURE || path === 'schema.rb' || RUBY.test(path));
    return first && `the file ${first.path}`;
  },
  read: readRails,
  ledger: {
    table: 'schema_migrations',
    columns: { version: /^(text|character varying)$/ },
    read: (rows, { found }) => {
      const applied = new Set(rows.map(({ version }) => String(version)));
      const [structure] = found;
      const versions = structure ? versionsIn(structure.up.text) : [];
      const ahead = versions.filter((version) => !applied.has(version));
      const behind = [...applied].filter((version) => /^\d+$/.test(version) && !versions.includes(version));
      if (ahead.length > 0 && applied.size > 0) {
        const message = `${STRUCTURE} is ahead of the database, which lacks ${listed(ahead)}.`;
        const hint = 'Bring the database up first: bin/rails db:migrate';
        return { applied: [], refusal: { code: 'unknown-version', message, hint }, notes: [] };
      }
      const lacks = `The database has versions that ${STRUCTURE} lacks: ${listed(behind)}. Write it anew: bin/rails db:schema:dump`;
      return {
        applied: structure && applied.size > 0 ? [{ id: structure.id }] : [],
        notes: [
          ...(behind.length > 0 ? [lacks] : []),
          'The versions of Rails stay in the ledger, as those of another tool.',
        ],
      };
    },
  },
  usesTransaction: true,
};

function readRails(files: readonly SourceFile[]): Reading {
  const structure = files.find(({ path }) => path === STRUCTURE);
  const ruby = files.flatMap(({ path }) => {
    const version = RUBY.exec(path)?.[1];
    return version === undefined ? [] : [{ path, version }];
  });
  if (!structure) {
    const where = ruby.length > 0 ? 'Its migrations are in Ruby' : 'Its schema is in Ruby';
    throw new UsageError('nothing-to-import', `${where}, and there is no ${STRUCTURE} beside them.`, {
      hint: `Set config.active_record.schema_format = :sql, run bin/rails db:schema:dump, and import the folder that then has ${STRUCTURE}: db`,
    });
  }
  const versions = new Set(versionsIn(structure.text));
  const inside = ruby.filter(({ version }) => versions.has(version));
  const leftOut = ruby
    .filter(({ version }) => !versions.has(version))
    .map(
      ({ path, version }): LeftOut => ({
        file: path,
        line: 1,
        why: `a migration in Ruby that ${STRUCTURE} does not have yet. Run it and write ${STRUCTURE} anew: bin/rails db:migrate`,
        migration: version,
      }),
    );
  const known = new Set([STRUCTURE, 'schema.rb', ...ruby.map(({ path }) => path)]);
  const others = files.filter(({ path }) => !known.has(path) && /\.sql$/.test(baseName(path)));
  return {
    found: [
      {
        id: 'structure',
        sources: [STRUCTURE],
        kind: 'initial',
        title: 'initial schema',
        up: { text: structure.text, transaction: true },
      },
    ],
    leftOut: [
      ...leftOut,
      ...others.map(
        ({ path }): LeftOut => ({ file: path, line: 1, why: 'Rails takes it for no migration.' }),
      ),
    ],
    notes:
      inside.length > 0
        ? [
            `What ${inside.length === 1 ? 'one migration' : `${inside.length} migrations`} in Ruby came to is in ${STRUCTURE}; they are not carried one by one.`,
          ]
        : [],
  };
}

/** The versions that a dump says were applied: it ends in an INSERT of them. */
function versionsIn(structure: string): string[] {
  const insert = /INSERT INTO (?:"?\w+"?\.)?"?schema_migrations"? \(version\) VALUES([^;]*);/i.exec(
    structure,
  )?.[1];
  return [...(insert ?? '').matchAll(/'(\d+)'/g)].map(([, version = '']) => version);
}
