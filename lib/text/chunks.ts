const encoder = new TextEncoder();

/** In bytes, or UTF-16 units. */
const CHUNK = 64 * 1024;

/** Encodes a part of a text as UTF-8, piece by piece, so that it is never there twice. Offsets count UTF-16 units. */
export function* utf8Chunks(text: string, start: number, end: number): Generator<Uint8Array> {
  for (let from = start; from < end; ) {
    let to = Math.min(end, from + CHUNK);
    // A character beyond the first plane has two units; they must not be torn apart.
    const last = text.charCodeAt(to - 1);
    if (to < end && last >= 0xd800 && last <= 0xdbff) to++;
    yield encoder.encode(text.slice(from, to));
    from = to;
  }
}

/** Cuts bytes into pieces that share their memory. */
export function* byteChunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += CHUNK) yield bytes.subarray(from, from + CHUNK);
}
