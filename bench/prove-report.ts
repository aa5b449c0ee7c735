import { formatDuration, formatTable } from '../lib/text/format.ts';
import type { Goal } from './goals.ts';
import { OWN, type ProveBench, type ProvedSet } from './prove.ts';
import type { Answer } from './prove-peers.ts';
import { title } from './report.ts';

const MB = 1024 * 1024;

/** What proving took, and what others find of the same shapes. */
export function renderProve({ sets, comparison }: ProveBench): string {
  const header = ['statements', 'trials', 'copies', 'time', 'a statement', 'peak memory'];
  const rows = sets.map(({ name, statements, trials, copies, milliseconds, peakBytes }) => [
    name,
    ...[statements, trials, copies].map(String),
    formatDuration(milliseconds),
    formatDuration(milliseconds / statements),
    `${Math.round(peakBytes / MB)} MB`,
  ]);
  const { checkers, shapes } = comparison;
  const names = checkers.map((one) => ('missing' in one ? one.name : `${one.name} ${one.version}`));
  return [
    title('prove: the whole command, the start of its Postgres included (the memory is that of the command)'),
    formatTable([['', ...header], ...rows], new Set(header.map((_, column) => column + 1))),
    title('Shapes that harm, and their mended twins: what is said of a second run and of the way back'),
    formatTable([['', ...names], ...shapes.map(({ name, answers }) => [name, ...answers.map(wordsOf)])]),
    ...checkers.map((one) =>
      'missing' in one
        ? `${one.name}: not installed here. ${one.missing}`
        : `${one.name}: counted is ${one.counted}. License: ${one.license}.`,
    ),
  ].join('\n');
}

function wordsOf(answer: Answer | undefined): string {
  if (!answer) return 'not installed here';
  const found = answer.isFound ? 'found' : 'not found';
  return answer.isFalseAlarm ? `${found}, false alarm on the twin` : found;
}

/** What was promised of prove. */
export function provedSetGoals({ sets, comparison }: ProveBench): Goal[] {
  const own = sets.find(({ name }) => name === OWN);
  const pairs = sets.find(({ name }) => name.endsWith(' pairs'));
  const grown = sets.filter((set) => set !== own && set !== pairs);
  const [first, last] = [grown.at(0), grown.at(-1)];
  const ours = comparison.shapes.flatMap(({ answers }) => answers[0] ?? []);
  return [
    ...(own ? [time(`prove: ${OWN}`, 5, own)] : []),
    ...(pairs ? [time(`prove: ${pairs.name}`, 60, pairs)] : []),
    ...(first && last && first !== last ? [growth(first, last)] : []),
    {
      what: 'prove: shapes that harm and are not found, or twins that are called harmful',
      limit: 0,
      found: ours.filter(({ isFound, isFalseAlarm }) => !isFound || isFalseAlarm).length,
      unit: '',
      isTime: false,
    },
  ];
}

function time(what: string, seconds: number, { milliseconds }: ProvedSet): Goal {
  return { what, limit: seconds, found: milliseconds / 1_000, unit: ' s', isTime: true };
}

function growth(first: ProvedSet, last: ProvedSet): Goal {
  const each = ({ milliseconds, statements }: ProvedSet) => milliseconds / statements;
  return {
    what: `prove: a statement of ${last.statements} against one of ${first.statements}`,
    limit: 1.3,
    found: each(last) / each(first),
    unit: 'x',
    isTime: true,
  };
}
