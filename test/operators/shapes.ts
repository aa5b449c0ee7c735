/**
 * The tables of each version, by what the registry's own tools make: columns, `*` for the key, `!` for a unique one, and what they refer to.
 * Read from files of thirteen releases of these tools.
 */
const api = 'api: group_name* version* kind* plural';
const entryKeys = (cascade: string) =>
  `channel_entry: entry_id* channel_name package_name operatorbundle_name replaces depth; channel_name+package_name -> channel name+package_name${cascade}; replaces -> channel_entry entry_id`;
const byEntry = (table: string) =>
  `${table}: group_name version kind channel_entry_id; channel_entry_id -> channel_entry entry_id; group_name+version+kind -> api group_name+version+kind`;
const byEntryWithKey = (table: string) =>
  `${table}: group_name* version* kind* channel_entry_id*; channel_entry_id -> channel_entry entry_id cascade; group_name+version+kind -> api group_name+version+kind`;
const bundleKey =
  'operatorbundle_name+operatorbundle_version+operatorbundle_path -> operatorbundle name+version+bundlepath cascade';
const byBundle = (table: string) =>
  `${table}: group_name version kind operatorbundle_name operatorbundle_version operatorbundle_path; group_name+version+kind -> api group_name+version+kind cascade; ${bundleKey}`;
const valued = (table: string) =>
  `${table}: type value operatorbundle_name operatorbundle_version operatorbundle_path; ${bundleKey}`;

const channelBefore4 =
  'channel: name* package_name* head_operatorbundle_name; head_operatorbundle_name -> operatorbundle name; package_name -> package name';
const packageBefore4 = 'package: name* default_channel; name+default_channel -> channel package_name+name';
const imageBefore4 = 'related_image: image operatorbundle_name; operatorbundle_name -> operatorbundle name';
const before4 = [api, byEntry('api_provider'), channelBefore4, entryKeys('')];
const bundle = 'operatorbundle: name* csv bundle bundlepath';
const since4 = [
  api,
  'channel: name* package_name* head_operatorbundle_name; head_operatorbundle_name -> operatorbundle name cascade',
  entryKeys(' cascade'),
  'package: name* default_channel; name+default_channel -> channel package_name+name cascade',
  'related_image: image operatorbundle_name; operatorbundle_name -> operatorbundle name cascade',
];
const apisOfEntries = [byEntryWithKey('api_provider'), byEntryWithKey('api_requirer')];
const apisOfBundles = [byBundle('api_provider'), byBundle('api_requirer'), 'index pk on operatorbundle'];
const since7 = [
  ...[...since4, ...apisOfBundles],
  'trigger api_provider_cleanup on api_provider',
  'trigger api_requirer_cleanup on api_requirer',
];
const bundle7 = `${bundle} skiprange version replaces skips`;
const withoutPath = 'operatorbundle: name* csv! bundle';
const eleven = [...since7, `${bundle7} substitutesfor`, valued('dependencies'), valued('properties')];

export const shapes: Readonly<Record<number, readonly string[]>> = {
  0: [...before4, withoutPath, packageBefore4],
  1: [...before4, withoutPath, packageBefore4, imageBefore4],
  2: [...before4, `${withoutPath} bundlepath`, packageBefore4, imageBefore4],
  3: [...before4, byEntry('api_requirer'), `${withoutPath} bundlepath`, packageBefore4, imageBefore4],
  4: [...since4, ...apisOfEntries, bundle],
  5: [...since4, ...apisOfEntries, `${bundle} skiprange version`],
  6: [...since4, ...apisOfBundles, `${bundle} skiprange version`],
  7: [...since7, bundle7],
  8: [...since7, bundle7, valued('dependencies')],
  9: [...since7, bundle7, valued('dependencies'), valued('properties')],
  10: [...since7, bundle7, valued('dependencies'), valued('properties')],
  11: eleven,
  12: [...eleven, 'deprecated: operatorbundle_name*'],
  13: [...eleven, 'deprecated: operatorbundle_name*'],
};
