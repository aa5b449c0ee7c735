import { entries } from './entry.ts';

/** What asking the deployed function meets. */
export const remoteErrors = entries({
  'bad-history-place': {
    means: 'What was given to `history --before` is nothing that a page of the history ends with.',
    remedy: 'Take it from the last line of the page before: `registry-jobs history`.',
    example: '"yesterday" is no place in the history. [bad-history-place]',
  },
  'unknown-task': {
    means:
      'The deployed function was asked for something that its version does not know. It has done nothing. It answers a list of tasks and never takes SQL.',
    remedy: 'Bring both to one version: update the command line, or deploy again.',
    example: 'The function knows no task "dump". [unknown-task]',
  },
});
