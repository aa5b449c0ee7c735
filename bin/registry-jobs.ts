#!/usr/bin/env node
import { runCli } from '../lib/cli/program.ts';
import packageJson from '../package.json' with { type: 'json' };
import { processIo } from './process-io.ts';

process.exitCode = await runCli(process.argv.slice(2), processIo, packageJson.version);
