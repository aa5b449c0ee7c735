import { formatBytes } from '../text/bytes.ts';
import { count, formatDuration, listed } from '../text/format.ts';
import type { ProveCheck, ProvedFile, ProveLock, ProveReport, ProveScope } from './prove.ts';

const CHECKS: Readonly<Record<ProveCheck, string>> = {
  twice: 'twice',
  stopped: 'stopped',
  late: 'late',
  down: 'down',
  set: 'the set as a whole',
};

/** What was not looked at, in sentences. Pure. */
export function describeScope({ onlyApplied, appliedBefore = 0, leftOut }: ProveScope): string[] {
  const one = (number: number) => (number === 1 ? 'was' : 'were');
  return [
    ...(appliedBefore > 0
      ? [`${count(appliedBefore, 'file')} ${one(appliedBefore)} applied there before, and not tried.`]
      : []),
    ...(onlyApplied > 0
      ? [`${count(onlyApplied, 'other file')} ${one(onlyApplied)} applied without a trial.`]
      : []),
    ...(leftOut.length > 0
      ? [
          `Left out: ${listed(
            leftOut.map((check) => CHECKS[check]),
            5,
          )}.`,
        ]
      : []),
  ];
}

/** Shorter ones are not told, in milliseconds. */
const LONG_MS = 100;

const MOST = 12;

/** How long things took on copies of a database, with the sizes that its tables have. Pure. */
export function describeTimes({ on, files }: ProveReport): string[] {
  if (!on) return [];
  const long = files.flatMap((file) =>
    (file.timings ?? []).filter(({ ms }) => ms >= LONG_MS).map((one) => ({ file, ...one })),
  );
  const place = `${on.name} on ${on.host}:${on.port} (${formatBytes(on.bytes)})`;
  const timed = files.filter(({ timings }) => timings !== undefined);
  const slowest = long.sort((one, other) => other.ms - one.ms).slice(0, MOST);
  return [
    ...(timed.length === 0
      ? []
      : long.length === 0
        ? [`On a copy of ${place} no statement took ${LONG_MS} ms or more.`]
        : [
            `Statements of ${LONG_MS} ms and more, on a copy of ${place}:`,
            ...slowest.map(({ file, line, ms }) => `  ${nameOf(file)}:${line}  ${formatDuration(ms)}`),
            ...(long.length > MOST ? [`  and ${long.length - MOST} more: --json lists them all`] : []),
          ]),
  ];
}

function nameOf({ file }: ProvedFile): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/** Who has to wait for a lock of this kind. */
const KEPT_OUT: Readonly<Record<string, string>> = {
  AccessExclusive: 'readers and writers wait',
  Exclusive: 'writers wait',
  ShareRowExclusive: 'writers wait',
  Share: 'writers wait',
};

/** How long others wait for a lock where the table has this size. Pure. */
export function describeHeld({ mode, heldMs, rows, bytes }: ProveLock): string {
  const about = rows > 0 ? `, some ${rows.toLocaleString('en-US')} rows` : '';
  const wait = KEPT_OUT[mode];
  return `${wait ? `${wait} ` : 'held '}${formatDuration(heldMs)}, at ${formatBytes(bytes)}${about}`;
}
