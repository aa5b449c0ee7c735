import { describe, expect, test } from 'vitest';
import { redact } from '../../lib/core/redact.ts';

const SECRET = 'hunter22';

describe('a secret is masked', () => {
  test.each([
    // What the server says of a row.
    `Key (password)=(${SECRET}) already exists.`,
    `Key (id, "password")=(1, ${SECRET}) already exists.`,
    `DETAIL:  Key (lower(api_key), id)=(${SECRET}, 1) is duplicated.`,
    // Statements that are put together.
    `execute format('alter role %I password %L', 'r', '${SECRET}');`,
    `execute format($f$alter role r password %L$f$, '${SECRET}');`,
    `execute 'alter role r password ' || quote_literal('${SECRET}');`,
    `execute 'alter role r password ' || $q$'${SECRET}'$q$;`,
    // Variables and columns.
    `declare v_password text := '${SECRET}'; begin`,
    `declare password constant varchar(20) not null default E'${SECRET}';`,
    `create table u (user_password text default '${SECRET}')`,
    // By other names.
    `set app.client_secret = '${SECRET}'`,
    `{"access_token":"${SECRET}"}`,
    `refresh_token => '${SECRET}'`,
    `pwd=${SECRET} host=h`,
    // URLs of others.
    `redis://:${SECRET}@h/1`,
    `mysql://u:${SECRET}@h/d`,
    `https://u:${SECRET}@h/1?x=1`,
    `amqps://u:${SECRET}@h`,
  ])('%s', (text) => {
    expect(redact(text)).not.toContain(SECRET);
    expect(redact(redact(text))).toBe(redact(text));
    expect(redact(text).split('\n')).toHaveLength(text.split('\n').length);
  });
});

describe('what is none stays', () => {
  test.each([
    'Key (id)=(1) already exists.',
    'See https://example.com:8443/docs and http://[::1]:80/x, or mail a@b.example.',
    `insert into log values ('password changed', 'by me');`,
    `select '12:30'::time, 'a@b' from t`,
    `null value in column "password" of relation "users" violates not-null constraint`,
    `Say it as postgres://user:password@host`,
    `execute format('alter table %I add column x int', 'users');`,
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
