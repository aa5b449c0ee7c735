/** `npm run reference`: writes docs/cli.md. */
import { writeFile } from 'node:fs/promises';
import { renderReference } from '../lib/cli/reference.ts';

await writeFile(new URL('../docs/cli.md', import.meta.url), renderReference());
