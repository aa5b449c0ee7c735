import { Command, CommanderError } from 'commander';
import { createSecrets, present, type Run } from './command.ts';
import { addApprove } from './commands/approve.ts';
import { addAudit, addRebuild } from './commands/audit.ts';
import { addCancel } from './commands/cancel.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDown, addRedo, addResume } from './commands/down.ts';
import { addDump } from './commands/dump.ts';
import { addHistory } from './commands/history.ts';
import { addImport } from './commands/import.ts';
import { addAdopt, addBaseline, addForce, addRenumber } from './commands/ledger.ts';
import { addLint } from './commands/lint.ts';
import { addNew } from './commands/new.ts';
import { addOperators } from './commands/operators.ts';
import { addPlan } from './commands/plan.ts';
import { addProve } from './commands/prove.ts';
import { addRefresh } from './commands/refresh.ts';
import { addReport } from './commands/report.ts';
import { addReset } from './commands/reset.ts';
import { addSeed } from './commands/seed.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';
import { addVerify } from './commands/verify.ts';
import { addWatch } from './commands/watch.ts';
import { asCalled, createCarrier } from './given-options.ts';
import { wrapHelp } from './help-text.ts';
import type { ExitCode, Io } from './io.ts';
import { lookAtNames } from './names.ts';
import { createStop, type Stop } from './stop.ts';

/** Runs the command line, and says with which code the process should end. */
export async function runCli(argv: readonly string[], given: Io, version: string): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const secrets = createSecrets();
  let called: Command | undefined;
  let carry = (text: string) => text;
  const tell = (text: string) => carry(secrets.mask(text));
  // Here once for progress, notices of the server and errors alike; results are told where they are made.
  const told = { ...given, err: (text: string) => given.err(tell(text)), draw: given.err };
  const stop = createStop(told);
  // Nobody waits for an answer to a question that a signal has ended.
  const io = { ...told, ask: (question: string) => stop.orLeave(() => given.ask(question)) };
  const program = createProgram(
    io,
    version,
    async (asJson, work) => {
      exitCode = await present(io, tell, asJson, () => stop.orLeave(work));
    },
    secrets,
    stop,
  );
  program.hook('preAction', (_, command) => {
    called = command;
  });
  carry = createCarrier(program, () => called, given.env);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for; anything else that commander throws is wrong use, and already told.
    return error.exitCode === 0 ? 0 : 2;
  } finally {
    stop.end();
  }
  return stop.code() ?? exitCode;
}

/** The command tree: run by {@link runCli}, read by the generator of the reference. */
export function createProgram(
  io: Io,
  version: string,
  run: Run,
  secrets = createSecrets(),
  stop: Stop = createStop({ err: io.err }),
): Command {
  const program = new Command('registry-jobs')
    .description(
      'Migrations and statistics for a registry on Postgres: the jobs that run on AWS, on your machine.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(add --help for what it takes)')
    .configureOutput({ writeOut: (text) => io.out(wrapHelp(text)), writeErr: io.err })
    .addHelpText(
      'after',
      '\nExit codes: 0 done or nothing to do, 1 failed, 2 wrong use, 3 pending (status --check),\n130, 143 or 129 stopped by Ctrl-C, SIGTERM or SIGHUP',
    );
  let called: Command | undefined;
  program.hook('preAction', async (_, command) => {
    called = command;
    await lookAtNames(command, io);
  });
  const sourceOf = (option: string) => called?.getOptionValueSource(option) as string | undefined;
  const calledAs = () => (called ? asCalled(called, called.args) : 'registry-jobs');
  const cli = { program, io, secrets, run, version, stop, sourceOf, asCalled: calledAs };
  // The same for any schema of anybody.
  program.commandsGroup('For any database:');
  for (const add of GENERAL) add(cli);
  program.commandsGroup('For the tables of this registry:');
  for (const add of REGISTRY) add(cli);
  program.commandsGroup('Operator registry:');
  addOperators(cli);
  program.commandsGroup('Dangerous: they undo, destroy or overrule:');
  for (const add of DANGEROUS) add(cli);
  program.commandsGroup('Help:');
  addCompletion(cli);
  const help = new Command('help').argument('[command]').description('display help for a command');
  program.addHelpCommand(help.helpGroup('Help:'));
  return program;
}

const GENERAL = [
  ...[addUp, addPlan, addApprove, addStatus, addHistory, addWatch, addDoctor, addVerify, addLint],
  ...[addProve, addNew, addDump, addResume, addImport, addAdopt, addBaseline, addRenumber],
];
const REGISTRY = [addRefresh, addAudit, addRebuild, addReport, addSeed];
const DANGEROUS = [addDown, addRedo, addCancel, addForce, addReset];
