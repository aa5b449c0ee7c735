/** How many bytes of an application's name a server keeps. */
const MOST_BYTES = 63;

/** The name under which a session shows how far a file is: others see it at once, while rows of its transaction are not to be seen. Pure. */
export function progressName(name: string, statement: number, statements: number): string {
  const progress = ` ${statement}/${statements}`;
  const encoder = new TextEncoder();
  const room = MOST_BYTES - progress.length;
  let shown = name;
  while (encoder.encode(shown).length > room) shown = [...shown].slice(0, -1).join('');
  return `${shown}${progress}`;
}

/** Which statement, from 1, such a name tells, of how many. Pure. */
export function readProgress(name: string): { statement: number; statements: number } | undefined {
  const [, statement, statements] = / (\d+)\/(\d+)$/.exec(name) ?? [];
  return statement === undefined
    ? undefined
    : { statement: Number(statement), statements: Number(statements) };
}
