import type { LeftOut } from '../reports/import.ts';
import { findOutsideComments, linesOf, withoutByteOrderMark } from './lines.ts';
import { byNumber, isSqlAtTop, recogniseLine } from './marked.ts';
import { plainNumber, splitName, withOthers } from './others.ts';
import type { Found, Piece, ReadContext, Tool } from './tool.ts';
import { appliedUpTo } from './up-to.ts';

const SEPARATOR = '---- create above / drop below ----';
const NO_TRANSACTION = '---- tern: disable-tx ----';

/** tern splits the text wherever the first separator stands, and what is left of that line belongs to neither side. */
function split(file: string): { up: Piece; down?: Piece } {
  const transaction = !linesOf(file).some(({ content }) => content === NO_TRANSACTION);
  const text = linesOf(file)
    .filter(({ content }) => content !== NO_TRANSACTION)
    .map(({ raw }) => raw)
    .join('');
  const at = text.indexOf(SEPARATOR);
  if (at < 0) return { up: { text, transaction } };
  const after = text.slice(at + SEPARATOR.length).replace(/^[ \t]*\r?\n/, '');
  return { up: { text: text.slice(0, at), transaction }, down: { text: after, transaction } };
}

/** A template of Go: its text is made when tern runs it, out of other files and of values in tern.conf. */
function templateIn(text: string, context: ReadContext) {
  const found = findOutsideComments(text, /\{\{.*?(\}\}|$)/m, context);
  return (
    found && {
      line: found.line,
      why: `tern makes the SQL here when it runs: ${found.match} is a template. Write down what it comes to, in place of it.`,
    }
  );
}

/** tern: one file, with the way back below a line, and templates; its ledger is one number. */
export const tern: Tool = {
  name: 'tern',
  recognise: (files) =>
    files.some(({ path }) => path === 'tern.conf')
      ? 'its file tern.conf'
      : recogniseLine(files, /^---- (create above \/ drop below|tern: disable-tx) ----/),
  read: (files, context) => {
    const found: Found[] = [];
    const leftOut: LeftOut[] = [];
    for (const { path, text } of files.filter(isSqlAtTop).toSorted((a, b) => byNumber(a.path, b.path))) {
      const name = /^\d+_.+\.sql$/.test(path) ? splitName(path) : undefined;
      if (!name) continue;
      const id = plainNumber(name.number);
      const template = templateIn(withoutByteOrderMark(text), context);
      if (template) leftOut.push({ file: path, ...template, migration: id });
      else
        found.push({ id, sources: [path], kind: 'numbered', ...name, ...split(withoutByteOrderMark(text)) });
    }
    return { ...withOthers('tern', files, { found, leftOut }), notes: [] };
  },
  ledger: {
    table: 'schema_version',
    columns: { version: /^integer$/ },
    read: (rows, reading) => {
      const [version] = rows.map((row) => String(row.version));
      return appliedUpTo('tern', version === '0' ? undefined : version, reading);
    },
  },
  usesTransaction: true,
};
