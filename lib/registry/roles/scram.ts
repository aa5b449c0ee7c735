import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** What Postgres itself takes, and what its clients expect to be asked for. */
const ITERATIONS = 4096;

/**
 * What Postgres keeps of a password (RFC 5802 and 7677): enough to check it, not to log in with. Computed here, because a password
 * inside a statement may end up in the server's log.
 *
 * SASLprep is done by its one step that changes what people type; a generated password is plain ASCII.
 *
 * @param salt 16 bytes, new for each password
 */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const keyOf = (what: string) => createHmac('sha256', salted).update(what).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest();
  const [encodedSalt, stored, server] = [salt, storedKey, keyOf('Server Key')].map((bytes) =>
    Buffer.from(bytes).toString('base64'),
  );
  return `SCRAM-SHA-256$${ITERATIONS}:${encodedSalt}$${stored}:${server}`;
}
