import { describe, expect, test } from 'vitest';
import { maskSecrets, secretsIn } from '../../lib/secrets/mask-secrets.ts';
import { redact } from '../../lib/secrets/redact.ts';

const SECRET = 'hunter22';
const KEY = `-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAhunter22AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
hunter22AAAA==
-----END RSA PRIVATE KEY-----`;

describe('a secret is masked, in the same length', () => {
  test.each([
    // Settings and columns by their other names.
    `set app.token = '${SECRET}'`,
    `alter database d set app.secret to '${SECRET}'`,
    `set_config('app.jwt_secret', '${SECRET}', false)`,
    `update u set password_hash = crypt('${SECRET}', gen_salt('bf')) where id = 1`,
    `update u set password_digest = '${SECRET}', password2 = '${SECRET}'`,
    `insert into u (id, private_key) values (1, '${SECRET}')`,
    `Key (reset_password_token)=(${SECRET}) already exists.`,
    `Key (api_key)=(1) conflicts with existing key (api_key)=(${SECRET}).`,
    // What is given to a function that makes a secret, or a hash of one.
    `select pgp_sym_encrypt('d', '${SECRET}')`,
    `select pgp_sym_decrypt(x, '${SECRET}', 'cipher-algo=aes256')`,
    `select pgp_pub_decrypt(x, dearmor('k'), '${SECRET}')`,
    `select public.crypt ('${SECRET}', gen_salt('bf'))`,
    `select digest('${SECRET}', 'sha256'), hmac(d, $k$${SECRET}$k$, 'sha256')`,
    `select encrypt(convert_to('d', 'utf8'), '${SECRET}'::bytea, 'aes'), decrypt_iv(x, '${SECRET}', 'iv', 'aes')`,
    // Comparisons.
    `check (password <> '${SECRET}')`,
    `where password != '${SECRET}' or password like '${SECRET}%'`,
    `where password is distinct from '${SECRET}'`,
    `where u."password" !~* '${SECRET}'`,
    `check (password not in ('a', '${SECRET}'))`,
    `where api_key = any (array['a', '${SECRET}'])`,
    // hstore.
    `select 'a=>1, password=>${SECRET}, b=>2'::hstore`,
    `select '"password"=>"${SECRET}"'::hstore`,
    // What is written for people.
    `comment on role r is 'password is ${SECRET}'`,
    `comment on role r is 'The password was ${SECRET}.'`,
    `raise notice 'pwd: ${SECRET}'`,
    `raise exception 'cannot set password %', '${SECRET}'`,
    `raise exception 'cannot set password: % of %', '${SECRET}', 'bob'`,
    `raise exception using message = format('the password is %s', '${SECRET}')`,
    // Keys.
    KEY.replaceAll('\n', '\\n'),
    `insert into k values ('${KEY}')`,
    `select '-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAhunter22AAAA\nhunter22AA`,
    // What a file expects.
    `-- expect: select id, password from u => [[1, "${SECRET}"], [2, "a\\"${SECRET}"]]`,
    `-- expect: select password from u => "${SECRET}"`,
  ])('%s', (text) => {
    const masked = maskSecrets(text);
    expect(masked).not.toMatch(/hunter/);
    expect(masked.split('\n').map((line) => line.length)).toEqual(
      text.split('\n').map((line) => line.length),
    );
    expect(redact(masked)).toBe(masked);
  });
});

test.each<[string, string]>([
  [`raise notice 'pwd: swordfish'`, `raise notice 'pwd: *********'`],
  [
    `raise exception 'no password %', 'a' using hint = 'Ask.'`,
    `raise exception 'no password %', '*' using hint = 'Ask.'`,
  ],
  [`crypt('a', gen_salt('bf')), 'b'`, `crypt('*', gen_salt('**')), 'b'`],
  [`digest('a', 'sha256')`, `digest('*', 'sha256')`],
  [`hmac('a', 'b', 'sha256')`, `hmac('a', '*', 'sha256')`],
  [`check (password in ('a', 'b') and name in ('c'))`, `check (password in ('*', '*') and name in ('c'))`],
  [`'password=>a, b=>c'`, `'password=>*, b=>c'`],
  [
    `-- expect: select count(*) from u where password is null => 0`,
    `-- expect: select count(*) from u where password is null => 0`,
  ],
])('no more than that: %s', (text, expected) => {
  expect(maskSecrets(text)).toBe(expected);
});

describe('what somebody says of it stays', () => {
  test.each([
    'null value in column "password" of relation "users" violates not-null constraint',
    'select * from a join b on a.token = b.token where a.secret = p_secret',
    'insert into u select * from n on conflict (id) do update set password = excluded.password',
    'aws secretsmanager describe-secret --secret-id arn:aws:secretsmanager:eu-central-1:111111111111:secret:shop-AbCdEf',
    'password changed',
    'v_password := new.password;\nselect u.password::text\nfrom u',
    'the password is required',
    'the password is too short: 8 characters at least',
    'password is null or password is not null',
    'Token "x" is invalid.',
    `Unexpected token 'x', "xyz" is not valid JSON`,
    'syntax error at or near "token"',
    `comment on column u.encrypted_confirmation_token is 'Hash of the token in the confirmation message.'`,
    'FATAL: password authentication failed for user "bob"',
    'User "bob" has no password assigned.',
    'the password method scram-sha-256 is not supported; password scram-sha-256',
    'create table u (password varchar(20), token int4range, secret text)',
    'password must be at least 8 characters',
    'applied  001_password  2026-11-21T09:00:01Z  1.5 s',
    'Applied migrations/001_password.sql in 8.9 ms (2 statements)',
    'migrations/001_password.sql:3:58: column "titel" does not exist',
    'renamed      001_password -> 002_password  migrations/002_password.sql',
    'registry-jobs up --to 001_password --plan 7f42245e33a7672e',
    'db/password: it is "x", and wants to be another',
    `where name like '%password%' or name = 'x'`,
    `select encode(digest(body, 'sha256'), 'hex') from t`,
    `alter table u rename column password to secret2_x`,
    '-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEA\n-----END CERTIFICATE-----',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

test.each<[string, string]>([
  ['cannot set password hunter22', 'cannot set password ********'],
  ['cannot set password hunter22 of bob', 'cannot set password ******** of bob'],
  ['Password: swordfish', 'Password: *********'],
  ['the password was hunter22.', 'the password was ********.'],
  ['cannot use api_key 0f3a99c1', 'cannot use api_key ********'],
])('what a message of the server tells is masked: %s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test('what was masked is known, so that it is masked where it is repeated', () => {
  expect(secretsIn(`raise exception 'cannot set password %', 'swordfish'`)).toEqual(['swordfish']);
  expect(secretsIn(`select hmac('data', 'my key', 'sha256')`)).toEqual(['my key']);
});

test('a value that is known keeps its length above a caret', () => {
  const excerpt = (line: string) => `12 | ${line}\n   |        ^`;
  const secrets = ['geheim-42'];
  expect(redact(`f.sql:12:8: no\n${excerpt(`select 'geheim-42', x`)}\nWhat to do: geheim-42`, secrets)).toBe(
    `f.sql:12:8: no\n${excerpt(`select '*********', x`)}\nWhat to do: ***`,
  );
  const other = excerpt(`select 'postgres://u:geheim-42@h, https://u:other@h', 'bearer abcdefgh1', x`);
  const masked = redact(other, secrets);
  expect(masked).toBe(excerpt(`select 'postgres://u:*********@h, https://u:*****@h', 'bearer *********', x`));
  expect(redact(masked, secrets)).toBe(masked);
});

test('no text takes longer than its length', () => {
  const pieces = [
    'password is ',
    'password: ',
    'password: a',
    'password %',
    "password %', '",
    'password in (',
    'crypt(',
    "crypt('",
    'hmac(a, ',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\n0123456789012345678901234567',
    '-- expect: password => "',
    '-- expect: password =>\n',
    'password a1b2c3',
    'password is a1b2c3',
    '1 | ',
    '1 | password\n',
  ];
  for (const piece of pieces) {
    const text = piece.repeat(Math.ceil(500_000 / piece.length));
    const start = process.cpuUsage();
    redact(text, ['geheim-42']);
    const { user, system } = process.cpuUsage(start);
    expect([piece, user + system < 3_000_000]).toEqual([piece, true]);
  }
});
