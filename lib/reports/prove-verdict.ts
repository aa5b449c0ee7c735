import type { Migration } from '../migrations/migration.ts';
import { excerpt, locate } from '../migrations/script/position.ts';
import type { ProvedFile, ProveFinding, ProveReport } from './prove.ts';

/** Marks what a file says is meant. To accept what is not found is a finding: it may have been true once. Pure. */
export function accept(
  migration: Migration | undefined,
  findings: readonly ProveFinding[],
  isAll: boolean,
): ProveFinding[] {
  const scripts = [migration?.up, migration?.down].filter((script) => script !== undefined);
  const meant = scripts.flatMap((script) =>
    (script.directives.accepts ?? []).map((one) => ({ ...one, script })),
  );
  const marked = findings.map((found) => {
    const because = meant.find(({ code }) => code === found.code)?.because;
    return because === undefined ? found : { ...found, accepted: because };
  });
  const idle = meant.filter(() => isAll).filter(({ code }) => findings.every((found) => found.code !== code));
  return [
    ...marked,
    ...idle.map(({ code, start, script }): ProveFinding => {
      const location = locate(script.file, script.text, start);
      const message = `It accepts ${code}, which is not found of it.`;
      const hint = 'Take the line away.';
      return {
        code: 'accepts-nothing',
        message,
        location,
        excerpt: excerpt(script.text, location),
        differences: [],
        hint,
      };
    }),
  ];
}

/** What a proof comes to. Pure. */
export function statusOf(
  files: readonly ProvedFile[],
  findings: readonly ProveFinding[],
  isPart: boolean,
): ProveReport['status'] {
  const all = [...findings, ...files.flatMap((file) => file.findings)];
  if (all.some(({ accepted }) => accepted === undefined)) return 'findings';
  const isAll = files.every(({ checks }) => Object.values(checks).every((check) => check !== 'not-shown'));
  if (!isAll) return 'incomplete';
  return isPart ? 'shown' : 'proved';
}
