import type { Script } from '../../migrations/script/statement.ts';
import type { ProveNote } from '../../reports/prove.ts';
import { describeIdle } from '../../reports/prove-notes.ts';
import {
  FEATURE_NOT_SUPPORTED,
  INSUFFICIENT_PRIVILEGE,
  UNDEFINED_FILE,
  UNDEFINED_OBJECT,
} from '../explain/sqlstates.ts';
import { placeOf } from './findings.ts';
import type { Failed } from './run-script.ts';

/** The role that a statement names and the server does not have. */
export function missingRole(failed: Failed | undefined): string | undefined {
  return failed && missingRoleIn(failed.error.code, failed.error.message);
}

/** The same of an error as a report has it. */
export function missingRoleIn(sqlstate: string | undefined, message: string): string | undefined {
  if (sqlstate !== UNDEFINED_OBJECT) return undefined;
  return /^role "(.+)" does not exist$/.exec(message)?.[1];
}

export function madeRole(role: string, script: Script): ProveNote {
  const message = `The role ${role} was made for it on the throw-away server: one that may not log in.`;
  return { code: 'made-role', message, location: placeOf(script, 0).location };
}

/** What this server lacks, where that is why a file cannot be tried: it says nothing of the file. */
export function lackOf(failed: Failed, script: Script): ProveNote | undefined {
  const { location } = placeOf(script, failed.index);
  const { code, message } = failed.error;
  const extension = /extension "(.+?)" is not available/.exec(message)?.[1];
  if (extension !== undefined && (code === FEATURE_NOT_SUPPORTED || code === UNDEFINED_FILE))
    return {
      code: 'extension-missing',
      message: `The extension ${extension} is not on this server, so it was not tried. Name one that has it: registry-jobs prove --server URL`,
      location,
    };
  const role = missingRole(failed);
  if (role !== undefined)
    return {
      code: 'role-missing',
      message: `The role ${role} is not on this server, so it was not tried. Create it there, then try again: CREATE ROLE ${role} NOLOGIN;`,
      location,
    };
  if (code !== INSUFFICIENT_PRIVILEGE) return undefined;
  return {
    code: 'rights-missing',
    message: `Whoever runs it here lacks a right (${message}), so it was not tried. Without --server a superuser does.`,
    location,
  };
}

/** A statement that had nothing to do here: of what it does to rows nothing is shown. */
export function noRows(index: number, script: Script): ProveNote {
  const message = describeIdle(script.statements[index]?.line);
  return { code: 'no-rows', message, location: placeOf(script, index).location };
}
