const FIRST = ['RESET SESSION AUTHORIZATION', 'RESET ROLE', 'CLOSE ALL', 'UNLISTEN *'];
const LAST = ['DISCARD TEMP', 'DISCARD SEQUENCES'];

/**
 * Statements that undo whatever somebody else's SQL did to the session, in this order, each sent by itself. DISCARD ALL
 * would do too much (it drops the advisory lock), and RESET ALL too little (it leaves the role). RESET ALL comes first and
 * alone: a statement_timeout may have been left that is too short for the rest.
 *
 * @param later settings that `RESET ALL` takes from us: see session-options.ts
 */
export const cleanSession = (later: readonly string[]): string[] => [
  'RESET ALL',
  [...later, ...FIRST, 'DEALLOCATE ALL', ...LAST].join('; '),
];

/** The same, where what we have prepared in it is to stay. */
export const cleanButPrepared: readonly string[] = ['RESET ALL', [...FIRST, ...LAST].join('; ')];
