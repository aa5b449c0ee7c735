import { describe, expect, test } from 'vitest';
import { secretsIn } from '../../lib/secrets/mask-secrets.ts';
import { redact } from '../../lib/secrets/redact.ts';

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
    // Values apart from the names of their columns.
    `insert into users (id, password) values (1, '${SECRET}');`,
    `INSERT INTO app.users ("Name", "Password", n)\nOVERRIDING SYSTEM VALUE\nVALUES ('a, (b', E'${SECRET}', 1),\n  ('c', '${SECRET}', 2)\nON CONFLICT DO NOTHING`,
    `insert into users (name, api_key) select 'a', crypt('${SECRET}', gen_salt('bf')) from t`,
    `insert into users (name, passwd) values ('it''s', $q$${SECRET}$q$)`,
    `update users set (name, password) = ('a', '${SECRET}') where id = 1`,
    `update users set (name, password) = row ('a', '${SECRET}')`,
    `merge into u using s on true when not matched then insert (id, password) values (s.id, '${SECRET}')`,
    `-- text that was cut off\ninsert into users (id, password) values (1, '${SECRET}`,
    // Headers.
    `select http('Authorization: Bearer ${SECRET}.abc')`,
    `authorization: basic ${SECRET}==`,
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
    'docker run --volume /etc/passwd:/etc/passwd:ro',
    'Key (id)=(1) already exists.',
    'See https://example.com:8443/docs and http://[::1]:80/x, or mail a@b.example.',
    `insert into users (id, name) values (1, 'hunter22'), (2, 'other')`,
    `insert into users (password, name) values (null, 'hunter22')`,
    `insert into reset_password (id, name) values (1, 'hunter22')`,
    `the bearer of this letter; a bearer authentication token`,
    `insert into log values ('password changed', 'by me');`,
    `select '12:30'::time, 'a@b' from t`,
    `null value in column "password" of relation "users" violates not-null constraint`,
    `Say it as postgres://user:password@host`,
    `execute format('alter table %I add column x int', 'users');`,
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

test('what is masked in a statement is known, so that it can be masked elsewhere', () => {
  expect(secretsIn(`insert into u (a, password) values ('😀', 'hunter22'), ('b', 'x''y')`)).toEqual([
    'hunter22',
    "x''y",
  ]);
  expect(secretsIn(`alter role r password 'one'; alter role s password 'two'`)).toEqual(['one', 'two']);
  expect(secretsIn('select 1')).toEqual([]);
});
