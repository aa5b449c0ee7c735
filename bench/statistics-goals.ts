import type { Goal } from './goals.ts';
import type { StatisticsResult } from './statistics-bench.ts';

const LARGE = 4_000_000;
const BULK = /^COPY/;

/** All of them are times, so none fails the run; but each that is missed is told, with its reason, in docs/benchmarks.md. */
export function statisticsGoals({ sizes, writes }: StatisticsResult): Goal[] {
  const at = (files: number, changed: number) =>
    sizes.find((size) => size.files === files)?.refresh.find((result) => result.changed === changed);
  const faster = [
    [100, 400],
    [10_000, 40],
  ].flatMap(([changed = 0, limit = 0]) => {
    const result = at(LARGE, changed);
    if (!result) return [];
    const found = result.refreshed.median / result.incremental.median;
    const what = `statistics of ${LARGE} files, ${changed} changed: faster than REFRESH`;
    return [{ what, limit, found, unit: 'x', atLeast: true, isTime: true }];
  });
  const large = at(LARGE, 10_000);
  const floor: Goal[] = large
    ? [
        {
          what: `statistics of ${LARGE} files, 10000 changed: against a bare upsert of the same rows`,
          limit: 3,
          found: large.incremental.median / large.bare.median,
          unit: 'x',
          isTime: true,
        },
      ]
    : [];
  const [smallest, ...larger] = sizes;
  const flat = larger.flatMap(({ files, refresh }) =>
    refresh.flatMap(({ changed, incremental }) => {
      const small = smallest && at(smallest.files, changed);
      if (!small) return [];
      const found = incremental.median / small.incremental.median;
      const what = `${changed} changed: ${files} files against ${smallest?.files}`;
      return [{ what, limit: 1.3, found, unit: 'x', isTime: true }];
    }),
  );
  const history = sizes.map(({ files, history: { months, all, oneByScan } }) => ({
    what: `history of ${files} files: a month faster than by scan`,
    limit: 100,
    found: oneByScan.median / (all.median / months),
    unit: 'x',
    atLeast: true,
    isTime: true,
  }));
  const cost = writes.map(({ what, synchronous, ratio }) => ({
    what: `capture: ${what}, synchronous_commit ${synchronous ? 'on' : 'off'}`,
    limit: BULK.test(what) ? 5 : 10,
    found: (ratio - 1) * 100,
    unit: ' %',
    isTime: true,
  }));
  return [...faster, ...floor, ...flat, ...history, ...cost];
}
