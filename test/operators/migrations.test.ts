import { expect, test } from 'vitest';
import { contentOf, inDatabase, registryFile, step } from '../support/operators.ts';

test.each([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -1])(
  'from 13 to %i and back nothing is lost',
  (version) => {
    const file = registryFile();
    const before = contentOf(file);
    inDatabase(file, (database) => {
      step(database, 13, version);
      step(database, version, 13);
    });
    expect(contentOf(file)).toEqual(before);
  },
);
