import { bundleLambdas } from '../lib/bundle/bundle-lambdas.ts';
import { RegistryJobsError, renderError, toErrorReport } from '../lib/core/errors.ts';

try {
  const bundles = await bundleLambdas({ outDir: 'dist/lambdas', migrationsDir: 'migrations' });
  for (const [job, { sizes }] of Object.entries(bundles)) {
    const files = Object.entries(sizes).map(([name, bytes]) => `${name} ${(bytes / 1024).toFixed(1)} KB`);
    console.log(`${job}: ${files.join(', ')}`);
  }
} catch (error) {
  if (!(error instanceof RegistryJobsError)) throw error;
  console.error(renderError(toErrorReport(error)));
  process.exitCode = 1;
}
