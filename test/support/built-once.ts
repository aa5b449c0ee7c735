import { inject } from 'vitest';
import type { Builder, Built } from './build-once.ts';

/** What is built once for the whole run, by build-once.ts. It is shared by all tests: read it, and change nothing in it. */
export async function builtOnce<B extends Builder>(name: B): Promise<Built<B>> {
  const response = await fetch(`${inject('buildUrl')}/${name}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text);
}
