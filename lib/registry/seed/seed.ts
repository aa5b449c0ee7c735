import { batchSql } from './batch.ts';
import { institutionsSql } from './institutions.ts';

export interface SeedStep {
  /** What the step adds, for a progress line. */
  readonly title: string;
  /** One statement. Run the steps in order, each in a transaction of its own. */
  readonly sql: string;
  /** How many of the seed's files there are after the step. */
  readonly files: number;
}

/** Whole cycles of bags, and few enough rows (some 110,000) that a step takes a second or two. */
const filesPerStep = 20_000;

/**
 * The steps that add `files` files to a migrated database. Nothing is random: the same seeds on databases that held
 * the same rows give the same rows. A second seed adds to the first one, and an interrupted one is continued.
 *
 * A million files bring 35,000 objects, 2 million checksums, 1 million storage records, 1.3 million events and 38,000
 * work items, over 30 institutions, 13 storage options and the years 2014 to mid-2025. (A registry in production
 * has ten events and more for each file; that would be most of the seed's time.)
 */
export function seedSteps(files: number): SeedStep[] {
  const batches = Array.from({ length: Math.ceil(files / filesPerStep) }, (_, index) => {
    const before = index * filesPerStep;
    const after = Math.min(files, before + filesPerStep);
    return { title: `files ${before + 1} to ${after}`, sql: batchSql(after - before), files: after };
  });
  return [
    { title: 'institutions and users', sql: institutionsSql(), files: 0 },
    ...batches,
    // Without it the first queries on the new rows would be planned for tables that were empty.
    { title: 'planner statistics', sql: 'analyze', files },
  ];
}
