import { expect, test } from 'vitest';
import { mergeLayers } from '../../lib/settings/layers.ts';
import type { RawSettings, SettingKey } from '../../lib/settings/settings.ts';
import { rawSettings } from '../support/settings.ts';

type Values = Partial<Record<SettingKey, string>>;

const file = { host: 'file.example', user: 'filer', password: 'file-password', lockTimeout: '3s' };
const named = { host: 'named.example', user: 'named', password: 'named-password', tls: 'require' };

test.each<{ says: string; flags?: Values; environment?: Values; source?: Values; gives: Values }>([
  { says: 'the source alone is used as it is', source: file, gives: file },
  {
    says: 'a variable wins over the source',
    environment: { user: 'me', lockTimeout: '1s' },
    source: file,
    gives: { ...file, user: 'me', lockTimeout: '1s' },
  },
  {
    says: 'a flag wins over a variable',
    flags: { user: 'flag' },
    environment: { user: 'me' },
    source: file,
    gives: { ...file, user: 'flag' },
  },
  {
    says: 'a variable that names the host drops the connection of the source, and keeps its other settings',
    environment: { host: 'other.example' },
    source: file,
    gives: { host: 'other.example', lockTimeout: '3s' },
  },
  {
    says: 'so does a flag',
    flags: { host: 'other.example' },
    source: { ...file, auth: 'iam', tls: 'disable', port: '6000', database: 'd', certificateFile: 'ca.pem' },
    gives: { host: 'other.example', lockTimeout: '3s' },
  },
  {
    says: 'a flag that names the host drops the connection of variables that name another',
    flags: { host: 'other.example' },
    environment: { ...named, maintenance: 'on' },
    source: file,
    gives: { host: 'other.example', maintenance: 'on', lockTimeout: '3s' },
  },
  {
    says: 'a password in the environment without a host completes the flag, as PGPASSWORD does for psql',
    flags: { host: 'other.example' },
    environment: { password: 'typed' },
    source: file,
    gives: { host: 'other.example', password: 'typed', lockTimeout: '3s' },
  },
  {
    says: 'an address is the way to the host of the source, and its port is that of the way',
    environment: { address: '127.0.0.1', port: '15432' },
    source: { ...file, port: '5433' },
    gives: { ...file, address: '127.0.0.1', port: '15432', tokenPort: '5433' },
  },
  {
    says: 'where the source has no port, the server has the usual one',
    flags: { address: '127.0.0.1', port: '15432' },
    source: file,
    gives: { ...file, address: '127.0.0.1', port: '15432', tokenPort: '5432' },
  },
  {
    says: 'an address of the same layer says nothing of another port',
    environment: { ...named, address: '127.0.0.1', port: '15432' },
    gives: { ...named, address: '127.0.0.1', port: '15432' },
  },
  {
    says: 'an address of variables goes with their host, and not with that of a flag',
    flags: { host: 'other.example' },
    environment: { ...named, address: '10.0.0.1' },
    gives: { host: 'other.example' },
  },
  {
    says: 'a file that is completed by Parameter Store is completed by variables as well',
    environment: { address: '127.0.0.1', port: '2' },
    source: { ...file, port: '15432', tokenPort: '5433' },
    gives: { ...file, address: '127.0.0.1', port: '2', tokenPort: '5433' },
  },
])('$says', ({ flags = {}, environment = {}, source = {}, gives }) => {
  const merged = mergeLayers({
    flags: rawSettings(flags, 'flag'),
    environment: rawSettings(environment, 'variable'),
    source: rawSettings(source, 'file'),
  });
  expect(valuesOf(merged)).toEqual(gives);
});

test('a merged value keeps the name of the layer it came from', () => {
  const merged = mergeLayers({
    flags: {},
    environment: rawSettings({ user: 'me' }, 'variable'),
    source: rawSettings(file, 'file'),
  });
  expect([merged.user?.name, merged.host?.name]).toEqual(['variable user', 'file host']);
});

function valuesOf(raw: RawSettings): Values {
  return Object.fromEntries(Object.entries(raw).map(([key, { value }]) => [key, value]));
}
