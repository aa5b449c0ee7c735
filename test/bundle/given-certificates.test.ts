import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rdsCertificates } from '../../lib/bundle/certificates.ts';
import { chooseCertificates } from '../../lib/bundle/given-certificates.ts';
import { createCertificate } from '../support/certificate.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What a region that is not known here would have: roots of RDS, as good as any for this. */
const roots = rdsCertificates('eu-north-1');
const place = 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html';

function write(text: string): string {
  const file = join(temporaryFolder(), 'roots.pem');
  writeFileSync(file, text);
  return file;
}

test.each(['il-central-1', 'us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', undefined])(
  'what is given takes the place of what is known of region %s',
  (region) => {
    expect(chooseCertificates(roots, region)).toBe(roots);
    expect(chooseCertificates(write(roots), region)).toBe(roots);
  },
);

test('without it a known region has its own, and another is told where to get them', () => {
  expect(chooseCertificates(undefined, 'eu-north-1')).toBe(roots);
  expect(() => chooseCertificates(undefined, 'il-central-1')).toThrow(
    expect.objectContaining({
      code: 'unknown-region',
      message: 'No certificate authority of RDS is known for il-central-1.',
      hint: `Name a file with them as \`certificates\`, in the environment or on the construct. AWS lists the file of each region at ${place} and most are had by: curl --fail --output il-central-1.pem https://truststore.pki.rds.amazonaws.com/il-central-1/il-central-1-bundle.pem`,
    }),
  );
});

test('comments, order of line ends and a byte order mark change no byte', () => {
  const noisy = `\uFEFF# Roots\r\n${roots.replaceAll('\n', '\r\n')}\r\n# The end`;
  expect(chooseCertificates(write(noisy), undefined)).toBe(roots);
});

const end = '-----END CERTIFICATE-----\n';
test.each([
  ['nothing', '', 'roots.pem:1:1: There is no certificate in it.'],
  ['a page of HTML', '<html>\n404\n</html>', 'roots.pem:1:1: There is no certificate in it.'],
  ['one that was cut', `${roots.split(end)[0]}`, 'roots.pem:1:1: There is no certificate in it.'],
  [
    'one that is damaged',
    `${roots.split(end)[0]}${end}-----BEGIN CERTIFICATE-----\nMIIB\n${end}`,
    /roots\.pem:\d+:1: This certificate cannot be read\.$/,
  ],
])('%s is refused, with its place', (_, text, message) => {
  const file = write(text);
  const [shown, line] = [expect.stringMatching(message), expect.any(Number)];
  expect(() => chooseCertificates(file, 'eu-north-1')).toThrow(
    expect.objectContaining({
      code: 'bad-certificates',
      message: typeof message === 'string' ? expect.stringContaining(message) : shown,
      location: { file, line, column: 1 },
    }),
  );
});

test('a server’s certificate and a private key are refused: the one signs nothing, the other would be uploaded', () => {
  const folder = temporaryFolder();
  const request = (name: string, ...more: string[]) => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
    const args = ['req', '-x509', ...key, '-out', `${name}.pem`, '-subj', `/CN=${name}`, ...more];
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
    return join(folder, `${name}.pem`);
  };
  const authority = request('authority');
  const server = request(
    'server',
    ...['-CA', 'authority.pem', '-CAkey', 'authority.key', '-addext', 'basicConstraints=CA:FALSE'],
  );
  expect(chooseCertificates(authority, undefined)).toBe(readFileSync(authority, 'utf8'));
  expect(() => chooseCertificates(server, undefined)).toThrow(
    'server.pem:1:1: server is not a certificate authority.',
  );
  expect(() => chooseCertificates(join(folder, 'server.key'), undefined)).toThrow(
    'server.key:1:1: This is a private key, not a certificate.',
  );
  // A server that signs for itself is its own authority.
  const { certificate } = createCertificate('db.internal');
  expect(chooseCertificates(certificate, undefined)).toBe(certificate);
});

test('a file that is not there is looked for in the folder of the app', () => {
  expect(() => chooseCertificates('nowhere/roots.pem', undefined)).toThrow(
    expect.objectContaining({
      code: 'bad-certificates',
      message: expect.stringContaining('The certificates cannot be read: ENOENT'),
      hint: `nowhere/roots.pem is looked for in ${process.cwd()}. Download the bundle of the region, in PEM: ${place}`,
    }),
  );
});
