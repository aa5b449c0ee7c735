/** `npm run reference`: writes docs/cli.md and docs/reference/errors.md. */
import { writeFile } from 'node:fs/promises';
import { renderErrorReference } from '../lib/cli/error-reference.ts';
import { renderReference } from '../lib/cli/reference.ts';

const docs = new URL('../docs/', import.meta.url);
await writeFile(new URL('cli.md', docs), renderReference());
await writeFile(new URL('reference/errors.md', docs), renderErrorReference());
