import type { Difference } from '../plan/differences.ts';
import type { PropertyValue } from '../plan/snapshot.ts';
import { visible } from '../text/visible.ts';
import { describeGrantChanges, describeGrants } from './grants.ts';

/** How much of a text is shown of each side. */
const MOST = 100;

/**
 * A difference of two snapshots in plain English, in one line: `table public.t lost its primary key t_pkey: PRIMARY KEY (id)`,
 * `column public.t.size: integer -> bigint`. Pure.
 */
export function describeDifference(difference: Difference): string {
  const { property } = difference;
  const sentence =
    property === undefined ? describeWhole(difference) : describeProperty(difference, property);
  // A name may have lines: none may look like a sentence of ours.
  return visible(sentence.replaceAll('\n', '\u240a'));
}

function describeWhole({ kind, name, of, before, after }: Difference): string {
  const summary = before ?? after;
  const short =
    typeof summary === 'string' && summary !== '' && summary.length <= MOST && !summary.includes('\n')
      ? `: ${summary.trim()}`
      : '';
  if (of !== undefined)
    return `${of} ${after === undefined ? 'lost its' : 'has a new'} ${kind} ${name}${short}`;
  return `${subjectOf({ kind, name })} is ${after === undefined ? 'gone' : 'new'}${short}`;
}

function describeProperty(difference: Difference, property: string): string {
  const { before, after } = difference;
  const subject = subjectOf(difference);
  if (property === 'privileges') return describePrivileges(subject, before, after);
  if (before === 'true' && after === undefined) return `${subject} is no longer ${property}`;
  if (after === 'true' && before === undefined) return `${subject} is now ${property}`;
  if (after === undefined) return `${subject} lost its ${property}: ${inShort(before)}`;
  if (before === undefined) return `${subject} has a new ${property}: ${inShort(after)}`;
  const what = property === 'type' || property === 'definition' ? '' : `${property} `;
  if (typeof before === 'object' && typeof after === 'object')
    return `${subject}: ${what}${changeOfList(before, after)}`;
  return `${subject}: ${what}${changeOfText(String(before), String(after))}`;
}

/** What a sentence about it begins with. */
function subjectOf({ kind, name, of }: Pick<Difference, 'kind' | 'name' | 'of'>): string {
  if (kind === 'database') return 'the database';
  if (of === undefined || kind === 'index') return `${kind} ${name}`;
  const whole = of.replace(/^[a-z -]+ (?=\S)/, '');
  return kind === 'column' || kind === 'attribute'
    ? `${kind} ${whole}.${name}`
    : `${kind} ${name} on ${whole}`;
}

function describePrivileges(
  subject: string,
  before: PropertyValue | undefined,
  after: PropertyValue | undefined,
): string {
  const on = subject.replace(/^privileges on /, '');
  if (typeof before === 'object' && typeof after === 'object') {
    const changes = describeGrantChanges(before, after).join('; ');
    return on.startsWith('default privileges') ? `${on}: ${changes}` : `${changes} on ${on}`;
  }
  const side = (value: PropertyValue | undefined) =>
    typeof value === 'object' ? describeGrants(value) : 'as they are by default';
  return `privileges on ${on}: ${side(before)} -> ${side(after)}`;
}

function changeOfList(before: readonly string[], after: readonly string[]): string {
  const gone = before.filter((item) => !after.includes(item));
  const come = after.filter((item) => !before.includes(item));
  if (gone.length + come.length === 0) return `${inShort(before)} -> ${inShort(after)}`;
  return [
    ...(gone.length > 0 ? [`without ${inShort(gone)}`] : []),
    ...(come.length > 0 ? [`with ${inShort(come)}`] : []),
  ].join(', ');
}

/** Both sides where they are short, or else the first line that differs. */
function changeOfText(before: string, after: string): string {
  const isShort = [before, after].every((text) => text.length <= MOST && !text.includes('\n'));
  if (isShort) return `${before || '(empty)'} -> ${after || '(empty)'}`;
  const [was, is] = [before.split('\n'), after.split('\n')];
  const at = was.findIndex((line, index) => line !== is[index]);
  const line = at < 0 ? was.length : at;
  const place = was.length + is.length > 2 ? ` from line ${line + 1}` : '';
  const blanks = was[line]?.trim() === is[line]?.trim() ? ' in its blanks' : '';
  return `differs${place}${blanks}: ${aroundChange(was[line], is[line])} -> ${aroundChange(is[line], was[line])}`;
}

/** A line, or so much of it that one sees where it differs. */
function aroundChange(line: string | undefined, other: string | undefined): string {
  if (line === undefined) return '(nothing)';
  const text = line.trim();
  if (text.length <= MOST) return text || '(an empty line)';
  let same = 0;
  const compared = other?.trim() ?? '';
  while (same < text.length && text[same] === compared[same]) same++;
  const start = Math.max(0, Math.min(same - MOST / 4, text.length - MOST));
  return `${start > 0 ? '...' : ''}${text.slice(start, start + MOST)}${start + MOST < text.length ? '...' : ''}`;
}

function inShort(value: PropertyValue | undefined): string {
  const text = (typeof value === 'object' ? value.join(', ') : (value ?? '')).replace(/\s+/g, ' ').trim();
  return text.length <= MOST ? text : `${text.slice(0, MOST)}...`;
}
