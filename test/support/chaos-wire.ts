/** CommandComplete, as it confirms COMMIT. */
const COMMITTED = Buffer.from('C\0\0\0\x0bCOMMIT\0', 'latin1');

/** Types of messages. */
export const [QUERY, SYNC, READY, ERROR, GOODBYE] = ['Q', 'S', 'Z', 'E', 'X'];
const HEADER = 5;

/** Gives the types of the messages that begin in each piece. A client's first message has no type. */
export function messageReader(isClient: boolean): (bytes: Buffer) => string[] {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = isClient;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const types: string[] = [];
    for (;;) {
      const untyped = isFirst ? 1 : 0;
      if (rest.length < HEADER - untyped) return types;
      const length = 1 - untyped + rest.readUInt32BE(1 - untyped);
      if (rest.length < length) return types;
      if (!isFirst) types.push(String.fromCharCode(rest[0] ?? 0));
      isFirst = false;
      rest = rest.subarray(length);
    }
  };
}

/** Where it says that a COMMIT worked. */
export function commitsIn(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(COMMITTED); at >= 0; at = bytes.indexOf(COMMITTED, at + 1)) found.push(at);
  return found;
}
