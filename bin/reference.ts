/** `npm run reference`: writes docs/reference/cli.md and docs/reference/errors.md. */
import { writeFile } from 'node:fs/promises';
import { renderErrorReference } from '../lib/cli/error-reference.ts';
import { renderReference } from '../lib/cli/reference.ts';

const folder = new URL('../docs/reference/', import.meta.url);
await writeFile(new URL('cli.md', folder), renderReference());
await writeFile(new URL('errors.md', folder), renderErrorReference());
