import type { ErrorCode } from '../errors/catalogue.ts';
import type { ErrorReport } from '../errors/error.ts';
import { count } from '../text/format.ts';
import { visible } from '../text/visible.ts';
import { WIDTH, wrapWords } from '../text/wrap.ts';
import type {
  FolderFacts,
  LoginFacts,
  NetworkFacts,
  SessionFacts,
  SettingReport,
  TlsFacts,
} from './doctor-facts.ts';

/** What is looked at. */
export type DoctorStep =
  | 'settings'
  | 'name'
  | 'network'
  | 'tls'
  | 'login'
  | 'pooler'
  | 'server'
  | 'read-only'
  | 'round-trip'
  | 'clock'
  | 'connections'
  | 'timeouts'
  | 'roles'
  | 'schema'
  | 'ledger'
  | 'lock'
  | 'files';

/** What was found at one step. */
export interface DoctorCheck {
  readonly step: DoctorStep;
  /**
   * - `ok`: nothing to do
   * - `warning`: to know, and keeps `up` from nothing
   * - `problem`: `up` would stop at it
   * - `unknown`: it could not be looked at
   */
  readonly status: 'ok' | 'warning' | 'problem' | 'unknown';
  readonly message: string;
  /** Of the error that `up` would end in. */
  readonly code?: ErrorCode;
  /** What to do, as a sentence. */
  readonly hint?: string;
  /** The same, as it can be pasted: for a shell, or SQL for the database that it is about. */
  readonly run?: string;
  /** What else to know of it. */
  readonly detail?: string;
}

/** Everything that `doctor` has found: what there is, and what of it is wrong. */
export interface DoctorReport {
  readonly command: 'doctor';
  readonly status: 'ok' | 'warnings' | 'problems';
  readonly environment?: string | undefined;
  readonly settings: readonly SettingReport[];
  readonly network?: NetworkFacts;
  readonly tls?: TlsFacts;
  readonly login?: LoginFacts;
  readonly session?: SessionFacts;
  readonly folder?: FolderFacts;
  /** One or more for each step, in the order of the steps. */
  readonly checks: readonly DoctorCheck[];
}

/** What to do next, where an error itself names no command: words that lead to it. */
export interface Next {
  readonly words: string;
  readonly run: string;
}

/** Turns an error that was met into what it means for a step. Pure. */
export function checkOfError(step: DoctorStep, error: ErrorReport, next?: Next): DoctorCheck {
  const { code, hint, detail, sqlstate, location: at } = error;
  const message = at ? `${at.file}:${at.line}:${at.column}: ${error.message}` : error.message;
  // A hint of ours may end in the command itself.
  const [, words, command] = (hint && COMMAND.exec(hint)) || [];
  const todo =
    words === undefined
      ? [hint, next && `${next.words}:`].filter(Boolean).join(hint?.endsWith('.') ? ' ' : '. ')
      : `${words}:`;
  const run = command ?? next?.run;
  return {
    ...{ step, status: 'problem', code },
    message: sqlstate ? `${message} (SQLSTATE ${sqlstate})` : message,
    ...(todo !== '' && { hint: todo }),
    ...(run !== undefined && { run }),
    ...(detail !== undefined && { detail }),
  } as DoctorCheck;
}

const COMMAND =
  /^(.*): ((?:[A-Z_]+=\S+ |npx |env -u \S+ )*(?:registry-jobs|createdb|ls|npm|aws) .*|(?:GRANT|CREATE|ALTER) .*)$/s;

/** How the whole is judged by its checks. Pure. */
export function judgeChecks(checks: readonly DoctorCheck[]): DoctorReport['status'] {
  const has = (status: DoctorCheck['status']) => checks.some((check) => check.status === status);
  return has('problem') ? 'problems' : has('warning') ? 'warnings' : 'ok';
}

/** Where the text of a check begins: after its status. */
const INDENT = ' '.repeat(9);

/** The report as a person reads it, at 80 columns; only what is to be pasted may be longer, since it is not broken. Pure. */
export function renderDoctorReport({ checks, settings, status }: DoctorReport): string {
  const lines = checks.flatMap((check, index) => {
    if (check.status === 'unknown') return renderUnknown(checks, index);
    return [...renderCheck(check), ...(index === 0 ? renderSettings(settings) : [])];
  });
  const problems = checks.filter((check) => check.status === 'problem').length;
  const last =
    status === 'problems'
      ? [
          `${count(problems, 'problem')}: up would not get through. Mend ${problems === 1 ? 'it' : 'the first'}, then look again:`,
          AGAIN,
        ]
      : ['Nothing was found that would stop up. What it would do:', '  registry-jobs plan'];
  return visible([...lines, '', ...last].join('\n'));
}

/** One after the other for the same reason is one line. */
function renderUnknown(checks: readonly DoctorCheck[], index: number): string[] {
  const why = (at: number) => (checks[at]?.status === 'unknown' ? checks[at]?.message : undefined);
  if (why(index) === why(index - 1)) return [];
  const rest = checks.slice(index);
  const end = rest.findIndex((_, offset) => why(index + offset) !== why(index));
  const steps = rest.slice(0, end < 0 ? rest.length : end).map(({ step }) => step);
  return wrapWords(`${steps.join(', ')}: ${why(index)}`, '-'.padEnd(INDENT.length), INDENT);
}

const AGAIN = '  registry-jobs doctor';

function renderCheck({ step, status, message, code, detail, hint, run }: DoctorCheck): string[] {
  const text = `${step}: ${message.trimEnd()}${code ? ` [${code}]` : ''}`;
  const more = [...(detail ? detail.split('\n') : []), ...(hint ? [`What to do: ${hint}`] : [])];
  return [
    ...wrapWords(text.replaceAll('\n', ' '), status.padEnd(INDENT.length), INDENT),
    ...more.flatMap((line) => wrapWords(line, INDENT, INDENT)),
    ...(run ? run.split('\n').map((line) => `${INDENT}  ${line}`) : []),
  ];
}

/** Name, value and source, in columns; a line of its own for a source that would not fit. */
function renderSettings(settings: readonly SettingReport[]): string[] {
  const [names, values] = [settings.map(({ setting }) => setting), settings.map(({ value }) => value)];
  const widest = (words: readonly string[], most: number) =>
    Math.min(most, Math.max(0, ...words.map((word) => word.length)));
  const [first, second] = [widest(names, 24), widest(values, 28)];
  return settings.flatMap(({ setting, value, from }) => {
    const start = `${INDENT}${setting.padEnd(first)}  ${value.padEnd(second)}`;
    const line = `${start}  ${from}`;
    if (line.length <= WIDTH) return [line.trimEnd()];
    return [start.trimEnd(), `${INDENT}${' '.repeat(first)}  (${from})`];
  });
}
