import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { rdsCertificates } from '../../lib/bundle/certificates.ts';

const parse = (pem: string) =>
  pem
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter(Boolean)
    .map((it) => new X509Certificate(it));
const nameOf = (it: X509Certificate) => /CN=([^\n]+)/.exec(it.subject)?.[1] ?? it.subject;

test('one region: its three roots and those of RDS Proxy', () => {
  expect(parse(rdsCertificates('eu-central-1')).map(nameOf)).toEqual([
    'Amazon RDS eu-central-1 Root CA ECC384 G1',
    'Amazon RDS eu-central-1 Root CA RSA2048 G1',
    'Amazon RDS eu-central-1 Root CA RSA4096 G1',
    'Amazon Root CA 1',
    'Amazon Root CA 2',
    'Amazon Root CA 3',
    'Amazon Root CA 4',
    'Starfield Services Root Certificate Authority - G2',
  ]);
});

test('all regions: three roots each, nothing that has ended, nothing of AWS’ test installations', () => {
  const all = parse(rdsCertificates());
  const regions = Map.groupBy(all, (it) => /RDS (\S+) Root/.exec(nameOf(it))?.[1] ?? 'proxy');
  expect(regions.size).toBe(28);
  for (const [region, roots] of regions) expect(roots, region).toHaveLength(region === 'proxy' ? 5 : 3);
  expect(all.map(nameOf).filter((name) => /2019|Beta|Preview/.test(name))).toEqual([]);
  for (const it of all) expect(it.validToDate.getFullYear(), nameOf(it)).toBeGreaterThan(2030);
  for (const it of all) expect(it.ca).toBe(true);
});

test('Node can load the file', () => {
  expect(() => createSecureContext({ ca: rdsCertificates() })).not.toThrow();
});

test('a region without known roots is found while building', () => {
  expect(() => rdsCertificates('eu-atlantis-1')).toThrow(
    'No certificate authority of RDS is known for eu-atlantis-1.',
  );
});
