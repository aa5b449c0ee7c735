import { entries } from './entry.ts';

/** What a deploy meets while the stack is synthesized, or in the functions that prepare a database. */
export const deployErrors = entries({
  'bad-certificates': {
    means:
      'The file with certificate authorities cannot be read, holds no certificate, or holds something else: a key, or a certificate that is no authority.',
    remedy:
      'Give a PEM file with the authorities only, as `certificates` of the environment or the construct.',
    example: 'db-ca.pem:1:1: There is no certificate in it. [bad-certificates]',
  },
  'bad-parameter-path': {
    means: 'A path of Parameter Store does not begin with a slash, or ends with one.',
    remedy: 'Write it like this: `/shop/migrate`.',
    example: '"shop/migrate" is not a path of Parameter Store. [bad-parameter-path]',
  },
  'bad-timeout': {
    means:
      'The times of a deploy are not in an order in which whoever waits hears from the one it waits for: one run of the function, less than 14 minutes; the whole deploy, as long or longer, and at most an hour.',
    remedy:
      'Set `timeout` and `deployTimeout` of the construct, or `migrateMinutes` and `deployMinutes` of the environment.',
    example: 'One run of the function may take less than 14 minutes. [bad-timeout]',
  },
  'bad-statistics-functions': {
    means: 'The list of statistics functions is empty, or has an entry that is not the name of a function.',
    remedy: 'Write `name` or `schema.name`, without quotes and parentheses.',
    example: 'Not the name of a function: "refresh_totals()". [bad-statistics-functions]',
  },
  'catalog-outdated': {
    means:
      'A stack compares its database every hour with what its files make, and that was written down for other files than there are now.',
    remedy: 'Write it down once more, then deploy: `npx registry-jobs prove --catalog`.',
    example:
      'migrations/catalog.json is not what the files make now: 028_labels is not in it. [catalog-outdated]',
  },
  'compile-failed': {
    means:
      'The process that parses the migrations for the stack ended without an answer: a fault of registry-jobs, or the machine is out of memory.',
    remedy: 'See whether the files themselves are at fault: `npx registry-jobs plan`.',
    example: 'The migrations in db/migrations could not be parsed. [compile-failed]',
  },
  'no-catalog': {
    means:
      'A stack compares its database every hour with what its files make, and where that should be written down there is nothing, or something else. Or it was to be written down, and not all files run.',
    remedy:
      'Write it down, then deploy: `npx registry-jobs prove --catalog`. It says what is wrong with a file, too.',
    example: 'migrations/catalog.json cannot be read. [no-catalog]',
  },
  'no-lambda-code': {
    means:
      'The bundled code of a function is not where it is looked for. The package has it; a checkout builds it.',
    remedy: 'Build it, and name its folder as `codeFolder`: `npm run bundle`.',
    example: 'There is no docs/index.mjs. [no-lambda-code]',
  },
  'no-password': {
    means: 'Parameter Store has no password for the user that the deploy should make.',
    remedy: 'The stack of the database writes it: deploy that one first.',
    example: 'There is no password for refresher below /registry/staging/refresh-statistics. [no-password]',
  },
  'password-not-stored': {
    means: 'A generated password could not be copied into Parameter Store while the stack was deployed.',
    remedy:
      'Check what the role of the function may do with the secret, the parameter and the key, then deploy again.',
  },
  'same-identity': {
    means:
      'Two constructs of one kind have the same environment: they would share metrics and settings, and alarms would watch neither.',
    remedy: 'Give one of them an `environment` of its own.',
    example:
      'Shop/Second and Shop/First would count as one: both are migrate of the environment "staging", whose metrics and settings they would share. [same-identity]',
  },
  'watch-without-migrations': {
    means:
      'Statistics that watch for drift were not told of the migrations, so nobody knows what the database should be.',
    remedy: 'Give the construct `migrations` as well.',
    example: 'Shop/Statistics watches for drift and knows no migrations. [watch-without-migrations]',
  },
  'function-ended': {
    means:
      'The migrate function was ended before it could answer, twice at the beginning of a deploy, or at its last look: it had too little memory, for example. What was left to the server runs on; a file that was waited for was rolled back.',
    remedy:
      'Look at the log of the function, an output of the stack: `MigrateLogGroup`. Then deploy again, which finds what runs: `npx cdk deploy -c env=production`.',
    example:
      'The function was ended before it could answer: RequestId: 8f5e8b3e-2c52-4c5f-9d0a-0d6f3e6a3d3b Error: Runtime exited with error: signal: killed [function-ended]',
  },
  'still-running': {
    means:
      'The time of a deploy was over while a migration ran on in the server. It was begun once and is not stopped by this: it runs on by itself, and the deploy is rolled back meanwhile.',
    remedy:
      'Watch it, and deploy again when it is applied: `npx registry-jobs watch --remote --env production`. A deploy that comes earlier waits for the same run, and starts nothing twice.',
    example:
      'migrations/028_labels.sql still runs in the server since 2026-11-28T09:00:01Z, pid 4711, and the 58 min of this deploy are over. [still-running]',
  },
  'unknown-environment': {
    means:
      'No environment was chosen for the stack, or one that does not exist. There is no default: it would be a deploy to the wrong account.',
    remedy: 'Name one of those that are listed: `npx cdk synth -c env=staging`.',
    example: 'No environment was chosen. Known are staging, demo, production. [unknown-environment]',
  },
  'unknown-region': {
    means:
      'No certificate authority of RDS is known for the region, so the functions could not check the server.',
    remedy:
      'Give a file with the authorities of that region as `certificates`, in the environment or on the construct; the message says where AWS has it.',
    example: 'No certificate authority of RDS is known for il-central-1. [unknown-region]',
  },
});
