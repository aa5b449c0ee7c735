import { excerpt, locate } from '../../migrations/script/position.ts';
import type { Script } from '../../migrations/script/statement.ts';
import type { FindingCode, ProveFinding } from '../../reports/prove.ts';
import type { Compared } from './compare.ts';
import type { Failed } from './state.ts';

const HINTS: Readonly<Partial<Record<FindingCode, string>>> = {
  'rerun-fails': 'Let it make or take away only what is there: IF NOT EXISTS, IF EXISTS, INSERT OR IGNORE.',
  'rerun-damages': 'Let it ask whether its work is done already: ON CONFLICT, WHERE NOT EXISTS.',
  'stuck-half-way':
    'Let it make or take away only what is there: IF NOT EXISTS, IF EXISTS. registry-jobs up cannot stop there.',
  'late-fails': 'Let it look whether newer files have taken its place.',
  'down-fails': 'Undo in the reverse order of the up file, and what depends on it first.',
  'up-again-fails': 'Let the down file undo each statement of the up file.',
};

const LOSES =
  'Let the way back keep what the way forward cannot make again, in a table of its own; and where it makes a table anew, begin it with: -- registry-jobs: foreign-keys off';

/** A finding about a file: what failed, or what is not the same. */
export function finding(
  code: FindingCode,
  message: string,
  script: Script,
  { failed, compared, after }: { failed?: Failed; compared?: Compared; after?: readonly number[] } = {},
): ProveFinding {
  const at = failed?.error.location ?? locate(script.file, script.text, script.statements[0]?.start ?? 0);
  const text = failed?.script.text ?? script.text;
  const lost = compared?.lost ?? [];
  const hint = lost.length > 0 ? LOSES : HINTS[code];
  return {
    code,
    message,
    location: at,
    excerpt: excerpt(text, at),
    ...(after && { after }),
    ...(failed && {
      error: {
        message: failed.error.message,
        ...(failed.error.location && { location: failed.error.location }),
      },
    }),
    differences: compared?.differences ?? [],
    ...(lost.length > 0 && { lost }),
    ...(hint !== undefined && { hint }),
  };
}
