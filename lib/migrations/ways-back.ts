import { RegistryJobsError } from '../errors/error.ts';
import { renameCommand } from './script/other-tools.ts';
import { isPairHalf } from './script/pair-half.ts';

const BACK = 'down|undo|rollback|revert|reverse|back|backward';
const UP = 'up|do|forward|apply|deploy';
/** After a dot it is no word of a title. */
const SURE = new RegExp(`^\\d+_.+\\.(?:${BACK})\\.sql$`, 'i');
const LIKELY = new RegExp(`^(\\d+)[-_.](?:.*[-_.]|)(?:${BACK}|drop)\\.sql$`, 'i');
const FORWARD = new RegExp(`^\\d+[-_.](?:.*[-_.]|)(?:${UP})\\.sql$`, 'i');
/** Its number, and its title without the word for the direction. */
const TITLE = new RegExp(`^(\\d+)[-_.](.*?)(?:[-_.](?:${UP}))?\\.sql$`, 'i');
const NO_TITLE = new RegExp(`^(?:${UP})?$`, 'i');

/**
 * Finds files that are by their names the way back of others, in the manner of other tools: `1_a_up.sql` beside `1_a_down.sql`,
 * `1_a.sql` beside `1_a_rollback.sql`, `1_a.undo.sql`. Run in their order they would take away what was just made. A title may end in
 * such a word (`012_scale_down.sql`): only where nothing beside it says otherwise.
 *
 * @param folder where they stand, for what to do about it
 * @returns the problem of each, by name
 */
export function findWaysBack(
  names: readonly string[],
  folder: string,
): ReadonlyMap<string, RegistryJobsError> {
  const plain = names.filter((name) => /^\d.*\.sql$/i.test(name) && !isPairHalf(name));
  const saysUp = plain.some((name) => FORWARD.test(name));
  const found = new Map<string, RegistryJobsError>();
  for (const name of plain) {
    const number = LIKELY.exec(name)?.[1];
    if (number === undefined) continue;
    const forward = plain.find((other) => other !== name && isOfNumber(other, number) && !LIKELY.test(other));
    if (forward !== undefined) found.set(name, pairProblem(name, forward, folder));
    else if (saysUp || SURE.test(name)) found.set(name, loneProblem(name));
  }
  return found;
}

function isOfNumber(name: string, number: string): boolean {
  return BigInt(/^\d+/.exec(name)?.[0] ?? -1) === BigInt(number);
}

function pairProblem(back: string, forward: string, folder: string): RegistryJobsError {
  const [, digits, title = ''] = TITLE.exec(forward) ?? [];
  const stem = `${digits}_${NO_TITLE.test(title) ? 'title' : title}`;
  const move = (from: string, to: string) => renameCommand(folder, from, to);
  return new RegistryJobsError(
    'bad-file-name',
    `${back} is by its name the way back of ${forward}, and would be run as a way forward.`,
    { hint: `Name them as a pair: ${move(forward, `${stem}.up.sql`)} && ${move(back, `${stem}.down.sql`)}` },
  );
}

function loneProblem(name: string): RegistryJobsError {
  return new RegistryJobsError(
    'bad-file-name',
    `${name} is by its name a way back, and would be run as a way forward.`,
    {
      hint: 'Name it {version}_{title}.down.sql, beside {version}_{title}.up.sql; or give it a title that ends otherwise.',
    },
  );
}
