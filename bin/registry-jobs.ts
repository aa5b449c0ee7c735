#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import packageJson from '../package.json' with { type: 'json' };

// Halves the time to start; so everything else is loaded behind it.
enableCompileCache();
const { runCli } = await import('../lib/cli/program.ts');
const { processIo } = await import('./process-io.ts');

process.exitCode = await runCli(process.argv.slice(2), processIo, packageJson.version);
