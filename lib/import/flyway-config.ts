import type { LeftOut } from '../reports/import.ts';
import { linesOf } from './lines.ts';
import type { SourceFile } from './tool.ts';

/** What `V1__title.sql.conf` says of its script. */
interface ScriptConfig {
  readonly transaction: boolean;
  /** Whether `${name}` in the script is a placeholder. */
  readonly replaces: boolean;
  /** The condition under which it is run, if it is not always. */
  readonly condition?: { readonly line: number; readonly text: string };
  readonly leftOut: readonly LeftOut[];
}

/** Reads the configuration of a script, if it has one. Names every line that has no counterpart here. */
export function readScriptConfig(files: readonly SourceFile[], script: string): ScriptConfig {
  const file = files.find(({ path }) => path === `${script}.conf`);
  let transaction = true;
  let replaces = true;
  let condition: ScriptConfig['condition'];
  const leftOut: LeftOut[] = [];
  for (const { number, content } of linesOf(file?.text ?? '')) {
    const [, key, value = ''] = /^\s*([\w.]+)\s*[=:]\s*(.*?)\s*$/.exec(content) ?? [];
    if (key === 'executeInTransaction') transaction = value.toLowerCase() !== 'false';
    else if (key === 'placeholderReplacement') replaces = value.toLowerCase() !== 'false';
    else if (key === 'shouldExecute')
      condition = value === 'true' ? undefined : { line: number, text: content.trim() };
    else if (key === 'encoding' && /^utf-?8$/i.test(value)) continue;
    else if (key !== undefined)
      leftOut.push({
        file: `${script}.conf`,
        line: number,
        why: `${key} has no counterpart here: the script is carried without it.`,
      });
  }
  return { transaction, replaces, leftOut, ...(condition && { condition }) };
}
