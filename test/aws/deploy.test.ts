import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { JobName } from '../../lib/contract.ts';
import { compileFolder } from '../../lib/jobs/compile.ts';
import { showEvidence } from '../../lib/plan/evidence.ts';
import { proofDigests } from '../../lib/plan/proof.ts';
import { redact } from '../../lib/secrets/redact.ts';
import { createEnvironmentDatabase, type EnvironmentDatabase } from '../support/aws-database.ts';
import { type Cdk, createCdk, succeed } from '../support/aws-deploy.ts';
import { type Aws, connectToAws } from '../support/aws-observer.ts';
import { bundleForTest } from '../support/bundles.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeNothingDown } from '../support/written-down.ts';
import { createGaps, neverShown } from './gaps.ts';

const where = inject('aws');
const stack = 'registry-jobs-emulator';
const folder = temporaryFolder();
/** The folder has the name that reports show. */
const migrations = join(folder, 'migrations');
const own = join(import.meta.dirname, '../../migrations');
const ownFiles = readdirSync(own).filter((file) => file.endsWith('.sql'));

/** One environment's life, from an empty account to its removal: every test goes on where the one before it ended. */
describe.skipIf(!where)('a deployed environment', () => {
  let cdk: Cdk;
  let aws: Aws;
  let database: EnvironmentDatabase;
  const gaps = createGaps();
  const jobs: readonly JobName[] = ['migrate', 'refresh-statistics'];

  beforeAll(async () => {
    if (!where) return;
    aws = connectToAws(where.variables);
    cdk = createCdk(folder, where.variables);
    database = await createEnvironmentDatabase();
    mkdirSync(migrations);
    for (const file of ownFiles) cpSync(join(own, file), join(migrations, file));
  });
  afterAll(() => database?.drop());
  afterAll(async () => {
    if (!where) return;
    // An emulator of our own is thrown away.
    if (!where.emulatorFolder) await cdk.run(['destroy', '--all', '--force'], context());
    const shown = gaps.describe('Not deployed, because this emulator cannot do it:');
    console.log([shown, 'Not shown by any emulator:', ...neverShown.map((it) => `- ${it}`)].join('\n'));
  });

  const migration = (file: string, sql: string) => writeFileSync(join(migrations, file), sql);
  const context = () => ({
    network: join(folder, 'network.json'),
    migrations,
    bundles: join(folder, 'bundles'),
    ...gaps.context(),
  });
  const deadLetters = () => aws.messages(String(cdk.outputs(stack).DeadLetterQueueUrl));
  const deploy = () => cdk.run(['deploy', stack, '--exclusively'], context());
  /** As the journal has it: what was tried since there were so many rows, and what came of it. */
  const journal = (after = 0) =>
    database.query(
      `SELECT version, status, who, db_user, started_at, finished_at FROM schema_migrations_journal
       ORDER BY started_at OFFSET $1`,
      [after],
    );
  const tried = async (after: number) =>
    (await journal(after)).map(({ version, status }) => `${version} ${status}`);
  const versions = async () =>
    (await database.query('SELECT version FROM schema_migrations ORDER BY version')).map((it) => it.version);

  test('bootstrap, and a VPC as a customer has it', async () => {
    await succeed(cdk.run(['bootstrap']));
    await succeed(cdk.run(['deploy', 'registry-network']));
    writeFileSync(context().network, readFileSync(join(folder, 'outputs.json')));
    expect(cdk.outputs('registry-network').VpcId).toMatch(/^vpc-/);
  });

  test('parameters of both jobs, passwords as SecureString', async () => {
    for (const [index, job] of jobs.entries())
      await database.storeParameters(aws, 'emulator', job, String(database.passwords[index]));
    // As docs/guides/aws.md has an operator type them.
    for (const job of jobs) {
      const path = `/registry/emulator/${job}`;
      expect(await aws.parameterTypes(path)).toEqual({
        ...Object.fromEntries(
          ['host', 'port', 'name', 'user'].map((name) => [`${path}/db/${name}`, 'String']),
        ),
        [`${path}/db/password`]: 'SecureString',
      });
    }
  });

  test('the first deploy applies every migration, as the migrator, through the trigger', async () => {
    let result = await deploy();
    while (result.code !== 0) {
      if (!gaps.find(result.output)) expect.fail(result.output);
      expect(await database.query(`SELECT to_regclass('schema_migrations') AS ledger`)).toEqual([
        { ledger: null },
      ]);
      result = await deploy();
    }
    expect(await aws.stackStatus(stack)).toBe('CREATE_COMPLETE');
    const { MigrateFunctionName } = cdk.outputs(stack);
    expect(await tried(0)).toEqual(ownFiles.map((file) => `${file.replace('.sql', '')} applied`));
    for (const row of await journal()) {
      expect(row.who).toMatch(new RegExp(`^${MigrateFunctionName} [0-9a-f-]{36}$`));
      expect(row.db_user).toBe(database.users.migrate);
    }
    const ledger = await database.query(
      `SELECT finished_at >= started_at AS ordered, now() AT TIME ZONE 'utc' - started_at < '1 min' AS fresh
       FROM schema_migrations`,
    );
    expect(ledger).toEqual(ownFiles.map(() => ({ ordered: true, fresh: true })));
    await database.grantStatistics();
  });

  test('what runs is what test/bundle tests: the same bytes, from bundle to asset to function', async () => {
    const bundles = await bundleForTest({ migrationsDir: migrations });
    const template = JSON.parse(readFileSync(join(folder, 'cdk.out', `${stack}.template.json`), 'utf8'));
    const { MigrateFunctionName, RefreshFunctionName } = cdk.outputs(stack);
    for (const [job, name] of [
      ['migrate', MigrateFunctionName],
      ['refresh-statistics', RefreshFunctionName],
    ] as const) {
      const id = [...(await aws.stackResources(stack))].find(([, physical]) => physical === name)?.[0];
      const key: string = template.Resources[String(id).split(' ')[1] ?? ''].Properties.Code.S3Key;
      const assets = join(folder, 'cdk.out');
      const zip = readFileSync(join(assets, '.cache', key));
      expect(await aws.codeHash(String(name))).toBe(createHash('sha256').update(zip).digest('base64'));
      const asset = join(assets, `asset.${key.replace('.zip', '')}`);
      expect(readdirSync(asset).sort()).toEqual(Object.keys(bundles[job].sizes).sort());
      for (const file of readdirSync(asset))
        expect(readFileSync(join(asset, file)).equals(readFileSync(join(bundles[job].folder, file)))).toBe(
          true,
        );
    }
  });

  test('a second deploy with one migration more applies exactly that one', async () => {
    const before = (await journal()).length;
    migration('900_more.sql', 'CREATE TABLE more (id int PRIMARY KEY);\n');
    await succeed(deploy());
    expect(await tried(before)).toEqual(['900_more applied']);
  });

  test('a deploy of the same again does nothing', async () => {
    const before = await database.describe();
    const tries = (await journal()).length;
    expect(await succeed(deploy())).toContain('(no changes)');
    expect([await database.describe(), (await journal()).length]).toEqual([before, tries]);
  });

  test('bad SQL fails the deploy with file, line and column, and leaves the database as it was', async () => {
    const before = await database.describe();
    migration('901_bad.sql', 'ALTER TABLE more ADD COLUMN b int;\nINSERT INTO more\n  VALUES (1, 1 / 0);\n');
    const { code, output } = await deploy();
    expect(code).not.toBe(0);
    const place = 'migrations/901_bad.sql:2:1: division by zero (SQLSTATE 22012)';
    expect(output).toContain(place);
    const failed = (await aws.stackEvents(stack)).find((it) => it.ResourceStatus === 'UPDATE_FAILED');
    expect(failed?.ResourceStatusReason).toContain(place);
    expect(await aws.stackStatus(stack)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await database.describe()).toBe(before);
  });

  test('the rollback runs the older code against the newer database: it changes nothing, says so, and succeeds', async () => {
    migration('901_bad.sql', 'ALTER TABLE more ADD COLUMN c int;\n');
    migration('902_worse.sql', 'INSERT INTO more (id) VALUES (1), (1);\n');
    const { output } = await deploy();
    expect(output).toContain('migrations/902_worse.sql:1:1: duplicate key');
    expect(await aws.stackStatus(stack)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await versions()).toContain('901_bad');
    const log = await aws.log(String(cdk.outputs(stack).MigrateLogGroup));
    expect(log).toContain('These files are older than those that ');
    expect(log).toContain('901_bad, 902_worse are not among them');
    migration('902_worse.sql', 'INSERT INTO more (id) VALUES (1);\n');
    await succeed(deploy());
    expect((await versions()).slice(-3)).toEqual(['900_more', '901_bad', '902_worse']);
  });

  test('a syntax error does not even get to the account', async () => {
    const events = (await aws.stackEvents(stack)).length;
    migration('903_typo.sql', 'SELECT 1;\nCREATE TABEL oops ();\n');
    const { code, output } = await deploy();
    rmSync(join(migrations, '903_typo.sql'));
    expect(code).not.toBe(0);
    expect(output).toContain('migrations/903_typo.sql:2:8: syntax error at or near "TABEL"');
    expect((await aws.stackEvents(stack)).length).toBe(events);
  });

  test('what is not proved does not get to the account, and what nobody has applied elsewhere not to the database', async () => {
    const gated = () =>
      cdk.run(['deploy', stack, '--exclusively'], { ...context(), gates: 'true', memory: '640' });
    const tries = (await journal()).length;
    migration('903_gated.sql', 'CREATE TABLE gated (id int);\n');
    const events = (await aws.stackEvents(stack)).length;
    const unproved = await gated();
    expect(unproved.code).not.toBe(0);
    expect(unproved.output).toContain('proof.json cannot be read. [no-proof]');
    expect((await aws.stackEvents(stack)).length).toBe(events);

    const { migrations: files } = await compileFolder(migrations, 'migrations');
    const proof = { format: 1, files: Object.fromEntries(proofDigests(files)) };
    writeFileSync(join(migrations, 'proof.json'), JSON.stringify(proof));
    await writeNothingDown(migrations);
    const unseen = await gated();
    expect(unseen.code).not.toBe(0);
    const reason = 'There is no parameter /registry/elsewhere/evidence. [no-evidence]';
    expect(unseen.output).toContain(reason);
    expect(await aws.stackStatus(stack)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect((await journal()).length).toBe(tries);

    const published = showEvidence(files, { environment: 'elsewhere', proved: true });
    await aws.putParameter('/registry/elsewhere/evidence', published, 'String');
    await succeed(gated());
    expect(await tried(tries)).toEqual(['903_gated applied']);
    const own = await aws.parameter('/registry/emulator/evidence');
    expect(JSON.parse(own)).toEqual({ ...JSON.parse(published), environment: 'emulator' });
    // As if the files made nothing: all there is was made by hand.
    await aws.invoke(String(cdk.outputs(stack).RefreshFunctionName));
    const log = await aws.log(String(cdk.outputs(stack).RefreshLogGroup));
    expect(log).toContain('"message":"catalog-drift"');
    expect(log).toMatch(/"CatalogDrift":\d{2,}/);
    // Back to what the rest is about.
    await succeed(deploy());
    expect((await journal()).length).toBe(tries + 1);
  });

  test('a rotated password: refused, and with the new parameter the next run works, warm as it is', async () => {
    const { MigrateFunctionName, RefreshFunctionName } = cdk.outputs(stack);
    const functions: Record<JobName, string> = {
      migrate: String(MigrateFunctionName),
      'refresh-statistics': String(RefreshFunctionName),
    };
    let lost = 0;
    for (const job of jobs) {
      expect(await aws.invoke(functions[job])).toMatchObject({ failed: false });
      const password = await database.changePassword(job);
      const refused = await aws.invoke(functions[job]);
      expect(refused.failed).toBe(true);
      expect(refused.payload.errorMessage).toContain(database.users[job]);
      await aws.invokeUnwatched(functions[job]);
      await expect.poll(() => deadLetters().then((it) => it.length), { timeout: 60_000 }).toBe(++lost);
      await database.storeParameters(aws, 'emulator', job, password);
      expect(await aws.invoke(functions[job])).toMatchObject({ failed: false });
      // An emulator may start another process after a failure. This one is warm, and remembers the password before.
      await database.storeParameters(aws, 'emulator', job, await database.changePassword(job));
      expect(await aws.invoke(functions[job])).toMatchObject({ failed: false });
    }
    expect((await aws.invoke(functions.migrate)).payload.status).toBe('nothing-to-do');
  });

  test('the schedule refreshes the statistics, as the refresher', async () => {
    const group = String(cdk.outputs(stack).RefreshLogGroup);
    const finished = async () =>
      (await aws.log(group)).split('\n').filter((line) => line.includes('"message":"finished"'));
    // Meanwhile the refresher alone could do it.
    await database.query(`ALTER ROLE ${database.users.migrate} NOLOGIN`);
    const invoked = (await finished()).length;
    await expect
      .poll(async () => (await finished()).length, { timeout: 90_000, interval: 2_000 })
      .toBeGreaterThan(invoked);
    await database.query(`ALTER ROLE ${database.users.migrate} LOGIN`);
    const reports = (await finished()).map((line) => JSON.parse(line).report);
    expect(reports.at(-1)).toMatchObject({ command: 'refresh', environment: 'emulator' });
    expect(reports.map(({ status }) => status)).not.toContain('failed');
    expect(reports[0].functions.map((it: { outcome: string }) => it.outcome)).toEqual(
      Array(3).fill('refreshed'),
    );
  });

  test('the refresher may call the statistics functions and read statistics, and write nothing', async () => {
    const user = database.users['refresh-statistics'];
    const readable = await database.query(
      `SELECT string_agg(oid::regclass::text, ' ' ORDER BY oid::regclass::text) AS names FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND has_table_privilege($1, oid, 'SELECT') AND relkind <> 'i'`,
      [user],
    );
    expect(readable[0]?.names).toBe(
      'current_deposit_stats generic_file_counts historical_deposit_stats intellectual_object_counts premis_event_counts ' +
        'schema_migrations schema_migrations_journal statistics_publications statistics_sources work_item_counts',
    );
    for (const action of ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) {
      const rows = await database.query(
        `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'v')
         AND has_table_privilege($1, oid, $2)`,
        [user, action],
      );
      expect([action, rows]).toEqual([action, []]);
    }
  });

  test('no password in any byte that was printed, logged, uploaded or recorded', async () => {
    const groups = await aws.logGroups();
    expect(groups.length).toBeGreaterThanOrEqual(3);
    const words = [
      cdk.printed(),
      JSON.stringify(await aws.stackEvents(stack)),
      await aws.template(stack),
      ...(await Promise.all(groups.map((group) => aws.log(group)))),
      ...(await deadLetters()),
    ];
    for (const text of words) search(text);
    // They had something to search, and the search finds.
    expect(words.join()).toContain(database.users.migrate);
    for (const form of [encodeURIComponent, JSON.stringify, btoa])
      expect(() => search(`{"x":"${form(String(database.passwords[2]))}"}`)).toThrow('a password in output');
  });

  test('removing the stack leaves the database alone', async () => {
    const before = await database.describe();
    await succeed(cdk.run(['destroy', stack, '--force', '--exclusively'], context()));
    expect(await aws.stackStatus(stack)).toBeUndefined();
    expect(await database.describe()).toBe(before);
    await succeed(cdk.run(['destroy', 'registry-network', '--force']));
  });

  test('nor in what lies on the disk', () => {
    search(cdk.printed());
    let bytes = 0;
    for (const root of [folder, ...(where?.emulatorFolder ? [where.emulatorFolder] : [])]) {
      for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
        const path = join(root, file);
        if (!statSync(path).isFile()) continue;
        const content = readFileSync(path);
        bytes += content.length;
        search(content.toString('latin1'), path);
      }
    }
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  /** The passwords as they are, escaped, and by the part of them that no way of escaping changes. */
  function search(text: string, of = 'output'): void {
    expect(database.passwords).toHaveLength(6);
    const cores = database.passwords.map((it) => String(/[0-9a-f]{24}/.exec(it)?.[0]));
    const forms = cores.flatMap((core) => [core, Buffer.from(core).toString('base64').slice(2, -2)]);
    const found = forms.filter((form) => text.includes(form));
    expect(found.length, `a password in ${of}`).toBe(0);
    // What only looks like a secret, as code that reads one does, is masked on both sides.
    expect(redact(text, database.passwords) === redact(text), `a password in ${of}`).toBe(true);
  }
});
