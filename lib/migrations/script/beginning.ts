import { redactFile } from '../../secrets/redact.ts';

/** Enough of a statement to recognise it, on one line, without its passwords. Pure. */
export function beginning(sql: string): string {
  const WIDTH = 60;
  const line = redactFile(sql).replace(/\s+/g, ' ');
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 3)}...` : line;
}
