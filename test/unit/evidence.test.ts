import { expect, test } from 'vitest';
import { findWithoutEvidence, parseEvidence, showEvidence } from '../../lib/plan/evidence.ts';
import { compile } from '../support/migrations.ts';

const FROM = '/registry/staging/evidence';
const about = { environment: 'staging', proved: true };
const files = {
  '001_a.sql': 'create table a (id int);',
  '002_b.sql': 'create table b (id int);',
  'R_view.sql': 'create or replace view v as select 1;',
};

test('what another environment has applied may run, what it has in another text or not at all may not', async () => {
  const { migrations } = await compile(files);
  const found = parseEvidence(showEvidence(migrations, about), FROM);
  expect(found).toMatchObject({ environment: 'staging', proved: true });
  const all = (list: typeof migrations) => list.map(({ version }) => version);
  expect(findWithoutEvidence(migrations, all(migrations), { from: FROM, found })).toEqual([]);

  const { migrations: others } = await compile({
    ...files,
    '002_b.sql': 'create table b (id bigint);',
    '003_c.sql': 'create table c (id int);',
  });
  const problems = findWithoutEvidence(others, all(others), { from: FROM, found });
  expect(problems.map(({ code, message, hint }) => [code, message.replace(/^\S*\//, ''), hint])).toEqual(
    ['002_b.sql', '003_c.sql'].map((file) => [
      'no-evidence',
      `${file} was not applied to staging as it is now: it is not in ${FROM}.`,
      'Deploy it to staging first, then here: npx cdk deploy',
    ]),
  );
  // Only of what would be run.
  expect(findWithoutEvidence(others, ['001_a'], { from: FROM, found })).toEqual([]);
});

test('where nobody knows, nothing may run; where nothing would be run, nobody needs to know', async () => {
  const { migrations } = await compile(files);
  const nobody = { from: FROM, found: `There is no parameter ${FROM}.` };
  expect(findWithoutEvidence(migrations, ['001_a', '002_b'], nobody)).toMatchObject([
    {
      code: 'no-evidence',
      message: `Nothing is known of another environment: There is no parameter ${FROM}.`,
    },
  ]);
  expect(findWithoutEvidence(migrations, [], nobody)).toEqual([]);
});

test.each(['', '{', 'null', '[]', '{"format":2}', '{"format":1,"environment":"staging"}'])(
  '%j is no evidence',
  (text) => {
    expect(parseEvidence(text, FROM)).toBe(`${FROM} holds no evidence of this version of registry-jobs.`);
  },
);

test('of more files than a parameter has room for it names the newest', async () => {
  const [one] = (await compile({ '001_a.sql': 'select 1;' })).migrations;
  if (!one) throw new Error('No migration.');
  const many = Array.from({ length: 1_000 }, (_, n) => ({ ...one, version: String(10_000 + n) }));
  const text = showEvidence(many, about);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8_192);
  const found = parseEvidence(text, FROM);
  const missing = findWithoutEvidence(
    many,
    many.map(({ version }) => version),
    { from: FROM, found },
  );
  expect(missing.length).toBeGreaterThan(500);
  expect(missing.length).toBeLessThan(530);
  expect(findWithoutEvidence(many, ['10999', '10530'], { from: FROM, found })).toEqual([]);
});
