import { entries } from './entry.ts';

/** What asking the deployed function meets. */
export const remoteErrors = entries({
  'unknown-task': {
    means:
      'The deployed function was asked for something that its version does not know. It has done nothing. It answers a list of tasks and never takes SQL.',
    remedy: 'Bring both to one version: update the command line, or deploy again.',
    example: 'The function knows no task "dump". [unknown-task]',
  },
});
