import { createHash } from 'node:crypto';
import type { Migration } from '../migrations/migration.ts';
import type { Bundle } from './known.ts';

export function bundleOf(migrations: readonly Migration[]): Bundle {
  const files = migrations.map(({ version, up }) => [version, up.checksum] as const);
  const initial = migrations.filter(({ style }) => style === 'initial').map(({ version }) => version);
  return { id: createHash('sha256').update(JSON.stringify(files)).digest('hex'), files, initial };
}
