/** What the server of a session has announced, as far as a client asks for it. */
export interface Announced {
  /** As `18.4`. */
  readonly serverVersion: string;
  /** Nobody else is shown subscriptions. */
  readonly isSuperuser: boolean;
}

/** What a server says to a client that it has let in, for one that has nothing to prove: the session is there already. */
export function letIn({ serverVersion, isSuperuser }: Announced): Uint8Array {
  const parameters = {
    server_version: serverVersion,
    is_superuser: isSuperuser ? 'on' : 'off',
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    integer_datetimes: 'on',
  };
  return Buffer.concat([
    message('R', int32(0)),
    ...Object.entries(parameters).map(([name, value]) => message('S', Buffer.from(`${name}\0${value}\0`))),
    message('K', Buffer.concat([int32(0), int32(0)])),
    message('Z', Buffer.from('I')),
  ]);
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/**
 * Makes a server's end for what a client writes: parts it into messages, answers the first by itself, and asks for the answer to others.
 *
 * @param ask called with a message that is to be answered; what is not answered by itself comes with the next one that is
 */
export function createServerEnd(
  announced: Announced,
  ask: (message: Uint8Array) => Uint8Array,
): (bytes: Uint8Array) => Uint8Array[] {
  let unread = Buffer.alloc(0);
  let unanswered: Buffer[] = [];
  let isIn = false;
  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    const answers: Uint8Array[] = [];
    for (;;) {
      const typeBytes = isIn ? 1 : 0;
      if (unread.length < typeBytes + 4) return answers;
      const end = typeBytes + unread.readInt32BE(typeBytes);
      if (unread.length < end) return answers;
      const next = unread.subarray(0, end);
      unread = unread.subarray(end);
      if (!isIn) {
        // Whether there is TLS is asked before it says who it is. Of the other end there is; of this one there is nothing to keep secret from.
        const isQuestion = ASKS_FOR_ENCRYPTION.includes(next.readInt32BE(4));
        answers.push(isQuestion ? Buffer.from('N') : letIn(announced));
        isIn = !isQuestion;
        continue;
      }
      const type = String.fromCharCode(next[0] ?? 0);
      // Goodbye is said by whose session it is.
      if (type === 'X') continue;
      unanswered.push(next);
      if (type !== 'Q' && type !== 'S') continue;
      const whole = Buffer.concat(unanswered);
      unanswered = [];
      answers.push(ask(whole));
    }
  };
}

/** SSLRequest and GSSENCRequest. */
const ASKS_FOR_ENCRYPTION = [80877103, 80877104];
