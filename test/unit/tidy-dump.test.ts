import { expect, test } from 'vitest';
import { guard, unguard } from '../../lib/postgres/dump/guard.ts';
import { tidyDump } from '../../lib/postgres/dump/tidy.ts';

/** Everything that pg_dump writes around a schema, and that is taken away there. */
const HEADER = `--
-- PostgreSQL database dump
--

\\restrict Kx1

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 18.1


SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
`;

const BODY = `

begin



-- Dumped by pg_dump version 9
\\restrict abc
SET transaction_timeout = 0;
CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (password 'hunter22');
ALTER TABLE ONLY t ALTER COLUMN a SET (pg_attver=1);
\\unrestrict abc



end `;

test.each([
  ['a body in dollars', `$$${BODY}$$`],
  ['a body in dollars with a name', `$_a$${BODY}$$ it's "$_a$`],
  ['a literal', `'${BODY.replaceAll("'", "''")}'`],
  ['a literal with escapes', `E'\\\\${BODY.replaceAll("'", "''")}\\\\'`],
  ['a quoted name', `"${BODY}"`],
])('%s is kept as it is', (_, text) => {
  expect(tidyDump(`\n\n\n\nselect 1;\n\n\n-- Name: o'ne "\nselect ${text};\n\n\n\nselect 2;`)).toBe(
    `select 1;\n\n-- Name: o'ne "\nselect ${text};\n\nselect 2;\n`,
  );
});

test('versions, random words and what only newer servers know are taken away', () => {
  expect(tidyDump(`${HEADER}\n\n\n\\unrestrict Kx1\n\n`)).toBe(`--
-- PostgreSQL database dump
--

SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
`);
});

test('the stamp that some servers keep among the options of a column is taken away, and other options stay', () => {
  const table = (options: readonly string[]) =>
    `CREATE TABLE public.t (\n    a integer\n);\n${options.map((one) => `ALTER TABLE ONLY public."t;" ALTER COLUMN a SET (${one});\n`).join('')}\n\nALTER TABLE public.t OWNER TO o;\n`;
  expect(tidyDump(table(['pg_attver=52924792', 'pg_attver=5']))).toBe(tidyDump(table([])));
  const kept = tidyDump(table(['n_distinct=5, n_distinct_inherited=2']));
  expect(tidyDump(table(['pg_attver=7, n_distinct=5, n_distinct_inherited=2']))).toBe(kept);
  expect(tidyDump(table(['n_distinct=5, pg_attver=7, n_distinct_inherited=2']))).toBe(kept);
  expect(tidyDump(table(['n_distinct=5, n_distinct_inherited=2, pg_attver=7']))).toBe(kept);
});

test('passwords in options are masked where the statement is one, and nothing else of it', () => {
  const sql = `CREATE SERVER "s;\n" FOREIGN DATA WRAPPER w OPTIONS (\n    host 'h;',\n    password 'hun;''ter22'\n);\n`;
  expect(tidyDump(sql)).toMatch(
    /^CREATE SERVER "s;\n" FOREIGN DATA WRAPPER w OPTIONS \(\n {4}host 'h;',\n {4}password '\*+'\n\);\n$/,
  );
});

test('passwords of foreign tables and wrappers are masked, defaults of columns are not', () => {
  const table = (secret: string) => `CREATE FOREIGN DATA WRAPPER w OPTIONS (
    password '${secret}'
);
CREATE FOREIGN TABLE public.ft (
    password text DEFAULT 'kept5555'::text
)
SERVER "s;"
OPTIONS (
    password '${secret}',
    password_required 'false'
);
ALTER FOREIGN TABLE ONLY public.ft ALTER COLUMN password OPTIONS (
    password '${secret}'
);
`;
  expect(tidyDump(table('hunter22'))).toBe(table('********'));
});

test.each(['\\restrict', '\\unrestrict', '\\Restrict', '\\restricted'])(
  '%s comes through the package that takes such lines away',
  (word) => {
    const text = `é\n${word} abc\\n`;
    const through = Buffer.from(guard(Buffer.from(text))).toString();
    expect(through).not.toContain(word);
    expect(through).toHaveLength(text.length);
    expect(unguard(through)).toBe(text);
  },
);
