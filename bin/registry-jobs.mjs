#!/usr/bin/env node
// A checkout runs its sources, without a build. The package has what was compiled of them instead, since Node
// strips no types below node_modules, and bundled, since each file takes its time to load.
import { existsSync } from 'node:fs';

const source = new URL('./registry-jobs.ts', import.meta.url);
const compiled = new URL('../dist/package/cli/registry-jobs.js', import.meta.url);
await import((existsSync(source) ? source : compiled).href);
