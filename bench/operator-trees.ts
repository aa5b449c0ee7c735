/** Writes trees of operator manifests like those that are published: a folder for each bundle, with its CSV and its definitions. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface TreeSize {
  readonly bundles: number;
  /** About how many bytes of manifests a bundle has. */
  readonly bytesEach: number;
}

/** @returns how many files there are, and how many bytes */
export function writeTree(
  folder: string,
  { bundles, bytesEach }: TreeSize,
): { files: number; bytes: number } {
  let [files, bytes] = [0, 0];
  const write = (name: string, text: string) => {
    mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
    files++;
    bytes += Buffer.byteLength(text);
  };
  const each = 10;
  for (let number = 0; number < bundles; number++) {
    const [operator, version] = [`operator${Math.floor(number / each)}`, number % each];
    const at = `${operator}/1.${version}.0`;
    const csv = csvOf(operator, version);
    write(`${at}/${operator}.clusterserviceversion.yaml`, csv);
    write(`${at}/${operator}.crd.yaml`, crdOf(operator, Math.max(0, bytesEach - csv.length)));
    if (version === 0) {
      const last = Math.min(each, bundles - number) - 1;
      write(
        `${operator}/${operator}.package.yaml`,
        `packageName: ${operator}\nchannels:\n- name: stable\n  currentCSV: ${operator}.v1.${last}.0\n`,
      );
    }
  }
  return { files, bytes };
}

function csvOf(operator: string, version: number): string {
  return `apiVersion: operators.coreos.com/v1alpha1
kind: ClusterServiceVersion
metadata:
  name: ${operator}.v1.${version}.0
  annotations:
    capabilities: Full Lifecycle
    alm-examples: |-
      [{"apiVersion": "${operator}.example.com/v1", "kind": "Thing", "spec": {"size": 3}}]
spec:
  version: 1.${version}.0
${version > 0 ? `  replaces: ${operator}.v1.${version - 1}.0\n` : ''}  displayName: The operator ${operator}
  description: |
${`    It looks after things, and after the things of things, as long as somebody wants them.\n`.repeat(12)}  icon:
  - base64data: ${Buffer.from(operator.repeat(120)).toString('base64')}
    mediatype: image/png
  customresourcedefinitions:
    owned:
    - {name: things.${operator}.example.com, version: v1, kind: Thing}
  install:
    strategy: deployment
    spec:
      deployments:
      - name: ${operator}
        spec:
          replicas: 1
          selector: {matchLabels: {name: ${operator}}}
          template:
            metadata: {labels: {name: ${operator}}}
            spec:
              serviceAccountName: ${operator}
              containers:
              - name: ${operator}
                image: quay.example.com/${operator}:1.${version}.0
                env:
                - name: OPERATOR_NAME
                  value: ${operator}
`;
}

function crdOf(operator: string, bytes: number): string {
  const head = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.${operator}.example.com
spec:
  group: ${operator}.example.com
  names: {kind: Thing, listKind: ThingList, plural: things, singular: thing}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
`;
  const field = (number: number) => `              field${number}:
                description: What the thing does when field ${number} of it is set, and what it leaves to others.
                type: string
                enum: [one, two, three]
                default: one
`;
  const fields = Math.max(1, Math.ceil((bytes - head.length) / field(100).length));
  return head + Array.from({ length: fields }, (_, number) => field(number)).join('');
}
