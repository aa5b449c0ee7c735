/**
 * One worker runs many test files, and loads what they share once: an `afterAll` of such a module would belong to the
 * first of them alone. Vitest runs this one with each file, see `setupFiles`.
 */
import { afterAll } from 'vitest';
import { finishFile } from './finish-file.ts';

afterAll(finishFile);
