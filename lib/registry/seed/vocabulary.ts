/** What the made-up registry is made of: fixed lists, so that a seed gives the same rows today and in a year. */

/** Ids are numbered from 1 below `seed-NN.example.edu`; the first ones deposit by far the most. */
export const institutionNames = [
  'Alder Ridge University',
  'Bayview State University',
  'Cedar Falls College',
  'Delta Plains University',
  'Eastmoor Institute of Technology',
  'Fox Hollow College',
  'Granite Coast University',
  'Hazelwood University',
  'Inland Valley State University',
  'Juniper Hill College',
  'Kestrel Point Maritime Academy',
  'Larkspur University',
  'Mapleton State College',
  'North Fork University',
  'Orchard Hill College',
  'Pine Barrens University',
  'Quarry Lake Institute',
  'Red Mesa University',
  'Saltmarsh College',
  'Timberline State University',
  'Upland Prairie University',
  'Vesper Bay College',
  'Willow Creek University',
  'Yarrow Valley College',
  'Alder Ridge University Museum',
  'Bayview Historical Society',
  'Granite Coast Botanical Garden',
  'Hazelwood Public Library',
  'Red Mesa Observatory',
  'Timberline Folklore Archive',
] as const;

/** The associates among them, and the members under which they deposit (positions in the list, from 1). */
export const memberOf: Readonly<Record<number, number>> = { 25: 1, 26: 2, 27: 7, 28: 8, 29: 18, 30: 20 };

/** Per mille of the objects that choose each storage option. */
export const storageShares: readonly (readonly [name: string, perMille: number])[] = [
  ['Standard', 520],
  ['S3-VA', 40],
  ['S3-OH', 15],
  ['S3-OR', 15],
  ['Glacier-VA', 40],
  ['Glacier-OH', 60],
  ['Glacier-OR', 30],
  ['Glacier-Deep-VA', 70],
  ['Glacier-Deep-OH', 90],
  ['Glacier-Deep-OR', 50],
  ['Wasabi-VA', 40],
  ['Wasabi-OR', 10],
  ['Wasabi-TX', 20],
];

/** Extension and media type, the common ones several times. */
export const fileFormats: readonly (readonly [extension: string, mediaType: string])[] = [
  ['tif', 'image/tiff'],
  ['tif', 'image/tiff'],
  ['tif', 'image/tiff'],
  ['jp2', 'image/jp2'],
  ['jpg', 'image/jpeg'],
  ['pdf', 'application/pdf'],
  ['pdf', 'application/pdf'],
  ['xml', 'application/xml'],
  ['xml', 'application/xml'],
  ['txt', 'text/plain'],
  ['csv', 'text/csv'],
  ['wav', 'audio/x-wav'],
  ['mp4', 'video/mp4'],
  ['warc', 'application/warc'],
];

/**
 * How many files each bag of a cycle has, 1000 together: most bags are small, most files are in large bags. A cycle
 * makes it plain arithmetic which bag a file belongs to, in whatever piece of the seed the file is.
 */
export const bagSizes: readonly number[] = [
  1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 30, 40, 56, 90,
  165, 450,
];
export const filesPerCycle = 1000;
