import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { EnvironmentDatabase } from '../support/aws-database.ts';
import { type Cdk, succeed } from '../support/aws-deploy.ts';
import type { Aws } from '../support/aws-observer.ts';
import { installPython } from '../support/python.ts';
import { awsCommands } from '../support/runbook.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contextOf, prepareEnvironment, removeEnvironment, stack } from './environment.ts';
import { createGaps, knownGaps } from './gaps.ts';

const where = inject('aws');
const folder = temporaryFolder();
const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/aws.md'), 'utf8');
const requirements = join(import.meta.dirname, 'requirements-awscli.txt');

/** What a command has to have done. */
interface Step {
  /** How the command begins: of several that fit, the longest is meant. */
  readonly begins: string;
  /** Typed when it asks. */
  readonly typed?: () => string;
  /** What has to be there before. */
  readonly before?: () => Promise<unknown>;
  readonly check?: (stdout: string) => unknown;
}

/**
 * What the emulator does not know: there the command line itself has to take the command, before it asks anybody. 252 is its code for one
 * that it does not understand.
 */
const UNKNOWN_THERE = [
  'aws ram create-resource-share',
  'aws rds restore-db-instance-to-point-in-time',
  'aws cloudformation continue-update-rollback',
];

/** The runbook, by the command line of AWS, letter by letter: each command in a shell of its own, in the order of the guide. */
describe.skipIf(!where?.emulatorFolder)('the commands of the runbook for AWS', () => {
  let cdk: Cdk;
  let aws: Aws;
  let database: EnvironmentDatabase;
  let bin: string;
  const variables: Record<string, string> = { ENV: 'emulator', JOB: 'refresh-statistics' };
  const gaps = createGaps(knownGaps);
  const context = () => contextOf(folder, gaps);

  beforeAll(async () => {
    if (!where) return;
    const python = await installPython(requirements);
    bin = temporaryFolder();
    // It knows an old name of the service for queues, which it would otherwise ask before the emulator.
    const aim = '--endpoint-url "$AWS_ENDPOINT_URL"';
    writeFileSync(join(bin, 'aws'), `#!/bin/sh\nexec '${python}' -m awscli ${aim} "$@"\n`, { mode: 0o755 });
    ({ cdk, aws, database } = await prepareEnvironment(folder, where.variables));
    writeFileSync(join(folder, 'migrations/001_shops.sql'), 'create table shops (id int);\n');
    await succeed(cdk.run(['deploy', stack, '--exclusively'], context()));
    const outputs = cdk.outputs(stack);
    for (const [name, value] of Object.entries(outputs)) variables[constant(name)] = String(value);
    await create();
  }, 400_000);
  afterAll(async () => {
    if (!where) return;
    await removeEnvironment({ cdk, aws, database }, context());
  });

  async function sh(command: string, typed = '') {
    // Between pipes, as in a script: those of this process are sockets, and nobody can open /dev/stdout there.
    const piped = 'set -o pipefail; cat | { eval "$0"; } | cat';
    const running = promisify(execFile)('bash', ['-c', piped, command], {
      env: {
        ...process.env,
        ...where?.variables,
        ...variables,
        PATH: `${bin}${delimiter}${process.env.PATH}`,
      },
      timeout: 120_000,
    });
    running.child.stdin?.end(typed);
    return running.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code: Number(code), stdout: String(stdout), stderr: String(stderr) }),
    );
  }
  /** What the command is to have succeeded with. */
  async function ask(command: string): Promise<string> {
    const { code, stdout, stderr } = await sh(command);
    expect([command, code, stderr]).toEqual([command, 0, '']);
    return stdout.trim();
  }
  const instance = (query: string, name = 'registry') =>
    ask(
      `aws rds describe-db-instances --db-instance-identifier ${name} --query 'DBInstances[0].${query}' --output text`,
    );
  const parameter = (name: string) =>
    ask(`aws ssm get-parameter --with-decryption --name ${name} --query Parameter.Value --output text`);

  /** What the guide takes for granted: a database of one's own, one that the stacks made, keys and secrets. */
  async function create() {
    for (const name of ['registry', 'registry-emulator'])
      await ask(
        `aws rds create-db-instance --db-instance-identifier ${name} --engine postgres --db-instance-class db.t4g.micro --allocated-storage 20 --master-username admin --master-user-password not-a-secret --deletion-protection`,
      );
    const template = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } });
    await ask(
      `aws cloudformation create-stack --stack-name registry-jobs-emulator-database --enable-termination-protection --template-body '${template}'`,
    );
    const text = '--output text';
    Object.assign(variables, {
      KEY_ARN: await ask(`aws kms create-key --query KeyMetadata.Arn ${text}`),
      SECRET_ARN: await ask(`aws secretsmanager create-secret --name migrator --query ARN ${text}`),
      DATABASE_GROUP: await ask(
        `aws ec2 create-security-group --group-name restored --description restored --query GroupId ${text}`,
      ),
      SUBNET_GROUP: 'restored',
      TIME: '2026-11-28T12:00:00Z',
      PARAMETER_ARN: 'arn:aws:ssm:eu-central-1:000000000000:parameter/registry/staging/evidence',
      PRODUCTION_ACCOUNT: '111111111111',
    });
    const subnets = await ask(`aws ec2 describe-subnets --query 'Subnets[:2].SubnetId' ${text}`);
    await ask(
      `aws rds create-db-subnet-group --db-subnet-group-name restored --db-subnet-group-description restored --subnet-ids ${subnets}`,
    );
  }

  const steps: readonly Step[] = [
    {
      begins: 'aws rds modify-db-instance --db-instance-identifier registry --enable-iam',
      check: async () => expect(await instance('IAMDatabaseAuthenticationEnabled')).toBe('True'),
    },
    {
      begins: 'aws rds describe-db-instances --query',
      check: (stdout) => expect(stdout).toMatch(/"db-[A-Z0-9]+"/),
    },
    {
      begins: 'aws ssm put-parameter --type String --name /registry/$ENV/$JOB/db/auth',
      check: async () => {
        expect(await parameter('/registry/emulator/refresh-statistics/db/auth')).toBe('iam');
        // What comes later in the guide logs in with the password.
        await ask('aws ssm delete-parameter --name /registry/emulator/refresh-statistics/db/auth');
      },
    },
    {
      begins: 'aws cloudformation update-termination-protection',
      check: async () =>
        expect(
          await ask(
            `aws cloudformation describe-stacks --stack-name registry-jobs-emulator-database --query 'Stacks[0].EnableTerminationProtection' --output text`,
          ),
        ).toBe('False'),
    },
    {
      begins: 'read -rs PASSWORD && printf %s "$PASSWORD" | aws ssm put-parameter --type SecureString',
      typed: () => 'new to it\n',
      before: () => ask('aws ssm delete-parameter --name /registry/emulator/migrate/db/password'),
      check: async () => expect(await parameter('/registry/emulator/migrate/db/password')).toBe('new to it'),
    },
    {
      begins: 'aws sns subscribe',
      check: async () =>
        expect(
          await ask(
            'aws sns list-subscriptions-by-topic --topic-arn $ALARM_TOPIC_ARN --query "Subscriptions[].Endpoint" --output text',
          ),
        ).toBe('you@example.org'),
    },
    {
      begins: 'aws ssm get-parameter --name /registry/staging/evidence',
      before: () => aws.putParameter('/registry/staging/evidence', '{"files":[]}', 'String'),
      check: (stdout) => expect(JSON.parse(stdout).Parameter.Value).toBe('{"files":[]}'),
    },
    {
      begins: 'aws ssm get-parameter-history',
      before: () =>
        aws.putParameter('/registry/emulator/migrate/approved-plan', '0123456789abcdef', 'String'),
      check: (stdout) => expect(stdout).toContain('0123456789abcdef'),
    },
    {
      begins: 'read -rs PASSWORD && printf %s "$PASSWORD" | aws ssm put-parameter --overwrite',
      // The right one: the function is called with it below.
      typed: () => `${database.passwords[0]}\n`,
      check: async () =>
        expect(await parameter('/registry/emulator/migrate/db/password')).toBe(database.passwords[0]),
    },
    {
      begins: 'aws secretsmanager put-secret-value',
      typed: () => 'rotated',
      check: async () => expect(await aws.secret(String(variables.SECRET_ARN))).toBe('rotated'),
    },
    { begins: 'aws rds create-db-snapshot' },
    { begins: 'aws rds wait db-snapshot-available' },
    { begins: 'aws rds restore-db-instance-from-db-snapshot' },
    {
      begins: 'aws rds wait db-instance-available',
      check: async () => expect(await instance('DBInstanceStatus', 'rehearsal')).toBe('available'),
    },
    { begins: 'aws rds delete-db-instance' },
    {
      begins: 'aws rds delete-db-snapshot',
      check: async () => {
        const left = await ask(`aws rds describe-db-snapshots --query 'DBSnapshots[]' --output text`);
        expect(left).not.toContain('rehearsal');
      },
    },
    {
      begins: 'AWS_MAX_ATTEMPTS=1 aws lambda invoke --cli-read-timeout 0 --function-name $MIGRATE',
      before: () => database.query('drop table shops; delete from schema_migrations'),
      check: async (stdout) => {
        expect(stdout).toContain('001_shops');
        expect(await database.query(`select to_regclass('shops') as there`)).toEqual([{ there: 'shops' }]);
      },
    },
    { begins: 'aws lambda invoke --invocation-type Event', check: (out) => expect(out).toContain('202') },
    { begins: 'aws logs filter-log-events', check: (out) => expect(out).toContain('"message":"finished"') },
    {
      begins:
        'aws ssm put-parameter --overwrite --type String --name /registry/$ENV/refresh-statistics/maintenance',
      check: async () =>
        expect(await parameter('/registry/emulator/refresh-statistics/maintenance')).toBe('on'),
    },
    {
      begins: 'AWS_MAX_ATTEMPTS=1 aws lambda invoke --cli-read-timeout 0 --function-name $REFRESH',
      check: (stdout) => expect(stdout).toContain('maintenance'),
    },
    {
      begins: 'aws rds describe-db-instances',
      check: (out) => expect(out).toContain('"AllocatedStorage": 20'),
    },
    {
      begins: 'aws rds modify-db-instance --db-instance-identifier registry-$ENV --allocated-storage',
      check: async () => expect(await instance('AllocatedStorage', 'registry-emulator')).toBe('100'),
    },
    { begins: 'aws sqs receive-message' },
    {
      begins: "aws ssm get-parameters-by-path --recursive --path /registry/$ENV --query 'Parameters[].Name'",
      check: async () => expect(await aws.parameterTypes('/registry/emulator')).toEqual({}),
    },
    {
      begins: 'aws rds modify-db-instance --db-instance-identifier registry-$ENV --no-deletion-protection',
      check: async () => expect(await instance('DeletionProtection', 'registry-emulator')).toBe('False'),
    },
  ];

  /** Runs a command of the guide, and sees what it has done. */
  async function follow(command: string, left: Set<Step>) {
    if (UNKNOWN_THERE.some((begins) => command.startsWith(begins))) {
      const { code, stderr } = await sh(command);
      if (code === 0 || code === 252) throw new Error(`${code}: ${stderr}`);
      return;
    }
    const [step] = steps
      .filter(({ begins }) => command.startsWith(begins))
      .sort((one, other) => other.begins.length - one.begins.length);
    if (!step) throw new Error('Nothing is known of it.');
    await step.before?.();
    left.delete(step);
    const { code, stdout, stderr } = await sh(command, step.typed?.());
    if (code !== 0) throw new Error(`${code}: ${stderr}`);
    await step.check?.(stdout);
  }

  test('each does what it says, as it is printed', async () => {
    const left = new Set(steps);
    const wrong: string[] = [];
    for (const command of new Set(awsCommands(guide))) {
      const failed = await follow(command, left).then(
        () => undefined,
        (error: Error) => `${command}: ${error.message}`,
      );
      if (failed) wrong.push(failed);
    }
    expect(wrong).toEqual([]);
    expect([...left].map(({ begins }) => begins)).toEqual([]);
  }, 600_000);
});

/** The name of an output as the guide writes it: `MigrateFunctionName` as `MIGRATE_FUNCTION_NAME`. */
function constant(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
