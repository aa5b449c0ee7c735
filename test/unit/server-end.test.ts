import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createServerEnd, letIn } from '../../lib/postgres/dump/startup.ts';
import { takeOver } from '../../lib/postgres/session/exchange.ts';

const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const message = (type: string, body: string) =>
  Buffer.concat([Buffer.from(type), int(Buffer.byteLength(body) + 4), Buffer.from(body)]);
const untyped = (...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length + 4), body]);
};
const announced = { serverVersion: '18.4', isSuperuser: true };
const SSL_REQUEST = untyped(int(80877103));
const STARTUP = untyped(int(196608), Buffer.from('user\0me\0\0'));

test.each([1, 3, 1_000])('a client is let in and its queries are asked, in pieces of %s bytes', (size) => {
  const asked: string[] = [];
  const end = createServerEnd(announced, (bytes) => {
    asked.push(Buffer.from(bytes).toString('latin1'));
    return Buffer.from(`answer ${asked.length}`);
  });
  const [first, second] = [message('Q', 'select 1\0'), message('Q', 'select 2\0')];
  const extended = [message('P', 'p'), message('B', 'b'), message('S', '')];
  const all = Buffer.concat([SSL_REQUEST, STARTUP, first, second, ...extended, message('X', '')]);
  const answers: string[] = [];
  for (let at = 0; at < all.length; at += size)
    answers.push(...end(all.subarray(at, at + size)).map((bytes) => Buffer.from(bytes).toString('latin1')));
  expect(answers).toEqual([
    'N',
    Buffer.from(letIn(announced)).toString('latin1'),
    'answer 1',
    'answer 2',
    'answer 3',
  ]);
  expect(asked).toEqual([first, second, Buffer.concat(extended)].map((one) => one.toString('latin1')));
});

/** A session whose server answers with these chunks, whatever it is asked. */
function sessionOf(chunks: readonly Buffer[], ends = false) {
  const stream = new PassThrough();
  stream.write = (() => {
    setImmediate(() => {
      for (const chunk of chunks) stream.emit('data', chunk);
      if (ends) stream.destroy();
    });
    return true;
  }) as typeof stream.write;
  return takeOver(stream);
}

const READY = message('Z', 'I');

test('an answer ends with the message that says so, wherever it is cut', async () => {
  // A row that ends like the last message.
  const row = message('D', `x${READY.toString('latin1')}`);
  const whole = Buffer.concat([row, message('C', 'SELECT 1\0'), READY]);
  for (let cut = 0; cut <= whole.length; cut++) {
    const exchange = sessionOf([whole.subarray(0, cut), whole.subarray(cut)]);
    expect(Buffer.from(await exchange(Buffer.from('Q'))).equals(whole)).toBe(true);
  }
});

test('a session that ends in the middle of an answer is an error', async () => {
  const exchange = sessionOf([message('D', 'x')], true);
  await expect(exchange(Buffer.from('Q'))).rejects.toThrow('the server ended the session');
  await expect(exchange(Buffer.from('Q'))).rejects.toThrow('the session has ended');
});
