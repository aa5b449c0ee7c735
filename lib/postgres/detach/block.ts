import type { AttemptStart } from '../../engine/dialect.ts';
import { namesSecret } from '../../secrets/mask-secrets.ts';
import { NAME_OF_SECRET } from '../../secrets/mask-tools.ts';
import type { LedgerName } from '../../settings/ledger-name.ts';
import type { FlightStep } from '../attempt/flight-types.ts';
import { QUERY_CANCELED } from '../explain/sqlstates.ts';
import { quoteBody, quoteLiteral } from '../identifiers.ts';
import { journalTable } from '../ledger/journal.ts';

/** What a block is made of. */
export interface BlockParts {
  readonly steps: readonly FlightStep[];
  /** `line:column` of each statement of the file. */
  readonly places: readonly string[];
  /** What the journal must not hold, wherever the server repeats it. */
  readonly secrets: readonly string[];
  /** Whether the file speaks of secrets, so that a row of a table that it makes may hold one. */
  readonly speaksOfSecrets: boolean;
  readonly ledger: LedgerName;
  readonly start: AttemptStart;
  /** The longest that a statement may take, in milliseconds; 0 means no limit. */
  readonly limitMs: number;
  /** The session's name while it is at a statement, from 1. */
  readonly progress: (statement: number) => string;
  readonly major: number;
  /** Of a statement of a file without a transaction: how many were done before it. */
  readonly done?: number;
}

/**
 * Until 13 a new name is told to the client at once, who may be gone: more of them than the server holds back (8 kB) would end the session.
 */
const MOST_NAMES_BEFORE_14 = 40;

/** The same names for an older grammar of regular expressions: without a look behind. */
const NAMES_SECRET = NAME_OF_SECRET.source.replace('(?<!unexpected\\s)', '');

/**
 * A DO block that runs steps one after the other, shows at which statement it is, and where one fails undoes them all and puts the failure
 * on record. Each step is an EXECUTE of its own text, so that no name of PL/pgSQL can be taken for one of the file. Pure.
 */
export function blockSql(parts: BlockParts): string {
  const { steps, major, places } = parts;
  const every = major >= 14 ? 1 : Math.ceil(places.length / MOST_NAMES_BEFORE_14);
  const numberOf = numbering(steps);
  const column = (of: (step: FlightStep) => string) => textArray(steps.map(of));
  const body = `
#variable_conflict use_variable
DECLARE
  texts CONSTANT pg_catalog.text[] := ${column(({ sql }) => sql)};
  -- q: gives rows that nobody wants, and that must not pile up; v: takes values
  ways CONSTANT pg_catalog.text[] := ${column(({ statement, values }) => (values ? 'v' : statement?.rows ? 'q' : 'x'))};
  kinds CONSTANT pg_catalog.text[] := ${column(({ part }) => part)};
  numbers CONSTANT pg_catalog.int4[] := ARRAY[${steps.map(numberOf).join(', ')}]::pg_catalog.int4[];
  names CONSTANT pg_catalog.text[] := ${column((step) => nameAt(step, parts, every))};
  places CONSTANT pg_catalog.text[] := ${column(({ index }) => places[index ?? -1] ?? '1:1')};
  hides CONSTANT pg_catalog.text[] := ${column(({ statement, sql }) => (statement && namesSecret(sql) ? 't' : ''))};
  step pg_catalog.int4 := 0;
  began pg_catalog.timestamptz;
  unwanted record;
${FAILURE_VARIABLES}
BEGIN
  BEGIN
    FOR turn IN 1 .. pg_catalog.array_length(texts, 1) LOOP
      step := turn;
      IF names[turn] <> '' THEN
        PERFORM pg_catalog.set_config('application_name', names[turn], true);
      END IF;
      began := pg_catalog.clock_timestamp();
      IF ways[turn] = 'q' THEN
        FOR unwanted IN EXECUTE texts[turn] LOOP NULL; END LOOP;
      ELSIF ways[turn] = 'v' THEN
        EXECUTE texts[turn] USING ${valuesOf(steps)};
      ELSE
        EXECUTE texts[turn];
      END IF;
      IF kinds[turn] = 'statement' THEN
        ${stayingSilent(major)}
        ${limitCheck(parts.limitMs)}
      END IF;
    END LOOP;
${failurePart(parts)}
  END;
END`;
  return `DO ${quoteBody(body)}`;
}

/** Which statement of the file a step is, or which of its expectations; 0 for ours. */
function numbering(steps: readonly FlightStep[]): (step: FlightStep) => number {
  const expectations = steps.filter(({ part }) => part === 'expect');
  return (step) => (step.index ?? expectations.indexOf(step)) + 1;
}

function nameAt({ index }: FlightStep, { progress }: BlockParts, every: number): string {
  return index === undefined || index % every !== 0 ? '' : progress(index + 1);
}

/** There is one step with values: the row of the ledger. */
function valuesOf(steps: readonly FlightStep[]): string {
  const values = steps.find((step) => step.values)?.values ?? [null];
  return values
    .map((value) => (value === null ? 'NULL' : `${quoteLiteral(String(value))}::pg_catalog.text`))
    .join(', ');
}

/** A file may set what would have the server speak to a client that is gone, or look for it. */
function stayingSilent(major: number): string {
  const silence = `PERFORM pg_catalog.set_config('client_min_messages', 'error', true);`;
  const unwatched = `PERFORM pg_catalog.set_config('client_connection_check_interval', '0', true);`;
  return major >= 14 ? `${silence} ${unwatched}` : silence;
}

/** The server counts the whole block as one statement, so what one of ours may take is looked at when it is done. */
function limitCheck(limitMs: number): string {
  if (limitMs === 0) return '';
  return `IF pg_catalog.clock_timestamp() - began > ${quoteLiteral(`${limitMs} ms`)}::pg_catalog.interval THEN
          RAISE EXCEPTION USING ERRCODE = '${QUERY_CANCELED}', MESSAGE = 'canceling statement due to statement timeout';
        END IF;`;
}

const FAILURE_VARIABLES = `  state pg_catalog.text; said pg_catalog.text; detail pg_catalog.text; hint pg_catalog.text; context pg_catalog.text;
  schema_name pg_catalog.text; table_name pg_catalog.text; column_name pg_catalog.text; constraint_name pg_catalog.text;
  secret pg_catalog.text; hidden boolean;`;

/** Whether a table has a column that is called like a secret. Parameters: schema, table, pattern. */
const HAS_SECRET = `SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', $1, $2)) AND a.attname ~* $3)`;

/** OTHERS leaves out two: that somebody cancels, and ASSERT. */
function failurePart({ ledger, start, secrets, places, done, speaksOfSecrets }: BlockParts): string {
  const pattern = quoteLiteral(NAMES_SECRET);
  const lastLine = quoteLiteral('\\n?[^\\n]*$');
  const masked = ['said', 'detail', 'hint', 'context'];
  return `  EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
      hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT, schema_name = SCHEMA_NAME, table_name = TABLE_NAME,
      column_name = COLUMN_NAME, constraint_name = CONSTRAINT_NAME;
    -- The outermost line is of this block, and before it the server repeats the statement, in whatever language.
    context := pg_catalog.regexp_replace(context, ${lastLine}, '');
    IF pg_catalog.strpos(context, texts[step]) > 0 THEN
      context := pg_catalog.regexp_replace(pg_catalog.left(context, pg_catalog.strpos(context, texts[step]) - 1), ${lastLine}, '');
    END IF;
    FOREACH secret IN ARRAY ${textArray(secrets)} LOOP
      ${masked.map((one) => `${one} := pg_catalog.replace(${one}, secret, '***');`).join('\n      ')}
    END LOOP;
    IF hides[step] = 't' OR pg_catalog.concat_ws(' ', context, schema_name, table_name, column_name, constraint_name) ~* ${pattern} THEN
      detail := ''; context := '';
      said := pg_catalog.regexp_replace(said, ${quoteLiteral('(: ")[^"]*"$')}, ${quoteLiteral('\\1***"')});
    END IF;
    -- A row is told as a whole, whatever its columns are called.
    EXECUTE ${quoteLiteral(HAS_SECRET)} INTO hidden USING schema_name, table_name, ${pattern};
    IF hidden OR ${speaksOfSecrets} THEN
      detail := pg_catalog.regexp_replace(detail, ${quoteLiteral('Failing row contains \\(.*\\)')}, 'Failing row contains (***)');
    END IF;
    IF said ~* ${pattern} THEN
      said := pg_catalog.regexp_replace(said, ${quoteLiteral("('[^']*'|[=:]\\s*\\S+)")}, '***', 'g');
    END IF;
    EXECUTE ${quoteLiteral(failedSql(ledger))} USING ${quoteLiteral(start.id)}::pg_catalog.text,
      ${done ?? `CASE kinds[step] WHEN 'statement' THEN numbers[step] - 1 WHEN 'begin' THEN 0 ELSE ${places.length} END`},
      places[step] || ': ' || said || ' (SQLSTATE ' || state || ')',
      pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('part', kinds[step], 'number', nullif(numbers[step], 0),
        'sqlstate', state, 'message', said, 'detail', nullif(detail, ''), 'hint', nullif(hint, ''),
        'context', nullif(context, ''), 'schema', nullif(schema_name, ''), 'table', nullif(table_name, ''),
        'column', nullif(column_name, ''), 'constraint', nullif(constraint_name, '')));`;
}

/** Parameters: the id, how many statements were done, the error as a line, the failure. */
function failedSql(ledger: LedgerName): string {
  return `UPDATE ${journalTable(ledger)} SET status = 'failed', done = $2, error = $3, failure = $4,
    finished_at = pg_catalog.timezone('utc', pg_catalog.clock_timestamp()) WHERE id = $1::pg_catalog.uuid`;
}

/** An array of texts, written as Postgres reads it whatever its settings are. */
export function textArray(texts: readonly string[]): string {
  return `ARRAY[${texts.map(quoteLiteral).join(', ')}]::pg_catalog.text[]`;
}
