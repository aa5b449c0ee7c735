import { join } from 'node:path';
import { type BundleOptions, bundleLambdas, type LambdaBundles } from '../../lib/bundle/bundle-lambdas.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Bundles both functions into a folder of its own, outside of this checkout and its `node_modules`. */
export function bundleForTest(options: Partial<BundleOptions> = {}): Promise<LambdaBundles> {
  return bundleLambdas({
    outDir: temporaryFolder(),
    migrationsDir: join(import.meta.dirname, '../../migrations'),
    region: 'eu-central-1',
    ...options,
  });
}
