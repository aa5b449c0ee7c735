import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

const folder = path.resolve(import.meta.dirname, '../../docs/reference/schemas');
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });

/** A published schema, by the name of its file. */
export function schema(name: string): ValidateFunction {
  return (
    ajv.getSchema(`urn:registry-jobs:schema:${name}`) ??
    ajv.compile(JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')))
  );
}
