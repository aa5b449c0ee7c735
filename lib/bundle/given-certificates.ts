import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '../errors/error.ts';
import { rdsCertificates } from './certificates.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

const HINT =
  'Download the bundle of the region, in PEM: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html';

/**
 * The certificate authorities that a function accepts: those given, and no others beside them; or those that are known of the
 * region.
 *
 * @param given a PEM file, absolute or relative to the folder of `cdk.json`, or the text of one
 * @param region of the database; undefined for those of all regions
 * @returns PEM, the same bytes for the same certificates whatever stands around them in the file
 * @throws UsageError `bad-certificates` with the place in the file; `unknown-region`
 */
export function chooseCertificates(given: string | undefined, region: string | undefined): string {
  if (given === undefined) return rdsCertificates(region);
  const isText = given.includes('-----BEGIN ');
  const text = isText ? given : readPem(given);
  const file = isText ? 'certificates' : given;
  const fault = (index: number, message: string) => {
    const line = text.slice(0, index).split('\n').length;
    throw new UsageError('bad-certificates', `${file}:${line}:1: ${message}`, {
      hint: HINT,
      location: { file, line, column: 1 },
    });
  };
  // It would be uploaded, and it is of no use for checking who a server is.
  const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.exec(text);
  if (key) fault(key.index, 'This is a private key, not a certificate.');
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length === 0) fault(0, 'There is no certificate in it.');
  for (const { 0: pem, index } of blocks) {
    const certificate = parse(pem);
    if (!certificate) fault(index, 'This certificate cannot be read.');
    // A server that signs for itself is its own authority, whatever it says of itself.
    else if (!certificate.ca && !certificate.checkIssued(certificate))
      fault(index, `${nameOf(certificate)} is not a certificate authority.`);
  }
  return blocks.map(([pem]) => `${pem.replaceAll('\r', '')}\n`).join('');
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      'bad-certificates',
      `The certificates cannot be read: ${error instanceof Error ? error.message : error}`,
      { hint: `${file} is looked for in ${process.cwd()}. ${HINT}` },
    );
  }
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function nameOf({ subject }: X509Certificate): string {
  return /CN=([^\n]+)/.exec(subject)?.[1] ?? subject;
}
