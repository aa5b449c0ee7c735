import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * What libraries bring along that no function can reach and esbuild cannot see to be unused: a fifth of a bundle. Without
 * a class of its own an error of Parameter Store comes as the client's general one, under the same name and message.
 */
const unused: readonly { readonly file: RegExp; readonly replace: (text: string) => string }[] = [
  {
    // The 140 errors of Systems Manager, each registered as the module loads.
    file: /[\\/]client-ssm[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/,
    replace: (text) =>
      text.replace(
        /^export var (\w+)\$ = \[-3, n0, [^;]*\];\nn0_registry\.registerError\(\1\$, \1\);\n/gm,
        '',
      ),
  },
  {
    // libpq's binding, instead of pg's own protocol.
    file: /[\\/]pg[\\/]lib[\\/]native[\\/]index\.js$/,
    replace: () => '',
  },
  {
    // A job has one connection. pg derives a class from this one while it loads.
    file: /[\\/]pg-pool[\\/]index\.js$/,
    replace: () => 'module.exports = class {};',
  },
  {
    // A function has settings of a server alone: those of a file are refused where they are read.
    file: /[\\/]lib[\\/]sqlite[\\/]dialect\.[jt]s$/,
    replace: () => 'export const sqlite = undefined;',
  },
];

/** Leaves it out. A text that a newer version changed is bundled as it is; the test of the bundles' size then tells. */
export const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  setup({ onLoad }) {
    for (const { file, replace } of unused) {
      onLoad({ filter: file }, async ({ path }) => ({ contents: replace(await readFile(path, 'utf8')) }));
    }
  },
};
