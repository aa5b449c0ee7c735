import { RegistryJobsError } from '../../errors/error.ts';

/**
 * Turns a file's bytes into the text that is parsed, sent and hashed: a UTF-8 byte-order mark is dropped and
 * CRLF becomes LF, so that one migration has one checksum whatever editor or git setting touched it.
 *
 * @throws RegistryJobsError `not-utf8` (with the byte offset) or `nul-character`.
 */
export function decodeSql(bytes: Uint8Array, file: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new RegistryJobsError('not-utf8', `${file} is UTF-16; migrations are UTF-8.`, {
      location: { file, line: 1, column: 1 },
      hint: 'Save the file as UTF-8.',
    });
  }
  const text = decodeUtf8(bytes, file).replaceAll('\r\n', '\n');
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const before = text.slice(0, nul);
    throw new RegistryJobsError('nul-character', `${file} holds a NUL character, which no SQL can hold.`, {
      location: {
        file,
        line: before.split('\n').length,
        column: [...before.slice(before.lastIndexOf('\n') + 1)].length + 1,
      },
      hint: 'Remove the NUL; the file may be binary or UTF-16.',
    });
  }
  return text;
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    // The decoder drops a byte-order mark by itself.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const offset = firstInvalidByte(bytes);
    const line = bytes.subarray(0, offset).filter((byte) => byte === 0x0a).length + 1;
    throw new RegistryJobsError('not-utf8', `${file} is not valid UTF-8 at byte ${offset}.`, {
      location: { file, line, column: 1 },
      hint: 'Save the file as UTF-8 (it may be Latin-1 or Windows-1252).',
      cause,
    });
  }
}

/** Where the first character that is none begins: the longest prefix that a streaming decoder accepts, by halving. */
function firstInvalidByte(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length + 1;
  let complete = 0;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    try {
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      // What it returns leaves out a last character that is still incomplete.
      complete = Buffer.byteLength(decoder.decode(bytes.subarray(0, middle), { stream: true }));
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  return complete;
}
