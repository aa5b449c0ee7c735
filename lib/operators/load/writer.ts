import type { DatabaseSync } from 'node:sqlite';
import { type Api, gvkOf } from '../manifests/crd.ts';
import { goJson } from '../manifests/go-json.ts';
import type { Property } from '../manifests/properties.ts';

/** A bundle as the tables hold it. */
export interface BundleRow {
  readonly name: string;
  /** The JSON of the CSV, and of all objects, each with a line end; undefined where only the graph is asked for. */
  readonly csv: string | undefined;
  readonly objects: string | undefined;
  /** The reference of its image; "" for a folder. */
  readonly path: string;
  readonly version: string;
  readonly skipRange: string;
  readonly replaces: string;
  readonly skips: readonly string[];
  readonly substitutesFor: string;
  readonly images: readonly string[];
  /** Those of a file; what is required by APIs is added. */
  readonly dependencies: readonly Property[];
  readonly properties: readonly Property[];
  readonly provided: readonly Api[];
  readonly required: readonly Api[];
}

/** What a row of a bundle says of the chain that it stands in. */
export interface Link {
  readonly replaces: string;
  readonly skips: readonly string[];
  readonly version: string;
  readonly path: string;
}

/** Writes rows as the registry's loader does. Its statements are prepared once. */
export class RegistryWriter {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  addBundle(bundle: BundleRow): void {
    const { name, version, path } = bundle;
    this.#run(
      'INSERT INTO operatorbundle (name, csv, bundle, bundlepath, version, skiprange, replaces, skips, substitutesfor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[name, bytes(bundle.csv), bytes(bundle.objects), path, version],
      ...[bundle.skipRange, bundle.replaces, bundle.skips.join(','), bundle.substitutesFor],
    );
    for (const image of bundle.images) {
      this.#run('INSERT INTO related_image (image, operatorbundle_name) VALUES (?, ?)', image, name);
    }
    const required = bundle.required.map(gvk);
    for (const { type, value } of [...bundle.dependencies, ...required]) {
      this.#run(
        'INSERT INTO dependencies (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path) VALUES (?, ?, ?, ?, ?)',
        ...[type, bytes(value), name, orNull(version), orNull(path)],
      );
    }
    const properties = [...bundle.properties, ...bundle.provided.map(gvk)];
    const distinct = new Map(properties.map((one) => [`${one.type}\0${one.value}`, one]));
    for (const one of distinct.values()) this.addProperty(one, bundle);
    for (const api of bundle.provided) this.#addApi('api_provider', api, bundle);
    for (const api of bundle.required) this.#addApi('api_requirer', api, bundle);
  }

  /** Where the package is there already it begins anew. */
  beginPackage(name: string): void {
    this.#run('DELETE FROM package WHERE name = ?', name);
    this.#run('DELETE FROM channel WHERE package_name = ?', name);
    this.#run('DELETE FROM channel_entry WHERE package_name = ?', name);
    this.#run('INSERT INTO package (name) VALUES (?)', name);
  }

  addChannel(packageName: string, name: string, head: string): void {
    const sql = 'INSERT INTO channel (name, package_name, head_operatorbundle_name) VALUES (?, ?, ?)';
    this.#run(sql, name, packageName, head);
  }

  setDefaultChannel(packageName: string, channel: string): void {
    this.#run('UPDATE package SET default_channel = ? WHERE name = ?', channel, packageName);
  }

  /** @returns its id */
  addEntry(packageName: string, channel: string, bundle: string, depth: number): number {
    const sql =
      'INSERT INTO channel_entry (channel_name, package_name, operatorbundle_name, depth) VALUES (?, ?, ?, ?)';
    return this.#run(sql, channel, packageName, bundle, depth);
  }

  setReplaces(entry: number, replaced: number): void {
    this.#run('UPDATE channel_entry SET replaces = ? WHERE entry_id = ?', replaced, entry);
  }

  addPackageProperty(bundle: string, packageName: string, { version, path }: Link): void {
    const value = goJson({ packageName, version });
    this.addProperty({ type: 'olm.package', value }, { name: bundle, version, path });
  }

  /** The chain that a bundle stands in, or undefined where there is none of that name. */
  link(bundle: string): Link | undefined {
    const sql = 'SELECT replaces, skips, version, bundlepath FROM operatorbundle WHERE name = ?';
    const row = this.#statement(sql).get(bundle);
    if (!row) return undefined;
    const skips = String(row.skips ?? '');
    return {
      replaces: String(row.replaces ?? ''),
      skips: skips === '' ? [] : skips.split(','),
      version: String(row.version ?? ''),
      path: String(row.bundlepath ?? ''),
    };
  }

  isDeprecated(bundle: string): boolean {
    return (
      this.#statement('SELECT 1 FROM deprecated WHERE operatorbundle_name = ?').get(bundle) !== undefined
    );
  }

  count(table: 'operatorbundle' | 'package' | 'channel' | 'channel_entry'): number {
    return Number(this.#statement(`SELECT count(*) AS rows FROM ${table}`).get()?.rows);
  }

  /** Does something, and undoes it where the answer is no. */
  keepIf(work: () => boolean): boolean {
    this.#database.exec('SAVEPOINT kept');
    const isKept = work();
    this.#database.exec(isKept ? 'RELEASE kept' : 'ROLLBACK TO kept; RELEASE kept');
    return isKept;
  }

  addProperty({ type, value }: Property, bundle: Pick<BundleRow, 'name' | 'version' | 'path'>): void {
    this.#run(
      'INSERT INTO properties (type, value, operatorbundle_name, operatorbundle_version, operatorbundle_path) VALUES (?, ?, ?, ?, ?)',
      ...[type, value, bundle.name, orNull(bundle.version), orNull(bundle.path)],
    );
  }

  #addApi(
    table: 'api_provider' | 'api_requirer',
    { group, version, kind, plural }: Api,
    bundle: BundleRow,
  ): void {
    const sql = 'INSERT OR IGNORE INTO api (group_name, version, kind, plural) VALUES (?, ?, ?, ?)';
    this.#run(sql, group, version, kind, plural);
    this.#run(
      `INSERT INTO ${table} (group_name, version, kind, operatorbundle_name, operatorbundle_version, operatorbundle_path) VALUES (?, ?, ?, ?, ?, ?)`,
      ...[group, version, kind, bundle.name, orNull(bundle.version), orNull(bundle.path)],
    );
  }

  #run(sql: string, ...values: (string | number | Uint8Array | null)[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  #statement(sql: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const prepared = this.#database.prepare(sql);
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function gvk(api: Api): Property {
  return { type: 'olm.gvk', value: gvkOf(api) };
}

function bytes(text: string | undefined): Uint8Array | null {
  return text === undefined ? null : Buffer.from(text);
}

/** In these columns nothing is NULL, and not "". */
function orNull(text: string): string | null {
  return text === '' ? null : text;
}
