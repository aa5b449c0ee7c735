import { entries } from './entry.ts';

/** No session could be opened: nothing was done. */
export const connectErrors = entries({
  'connect-certificate': {
    means:
      'The certificate of the server was not accepted: its authority is not known, or it is for another host name.',
    remedy:
      'Name the file with its authority as `PGSSLROOTCERT`, or connect by the host name that the certificate carries.',
    example:
      'error: The certificate of localhost:5432 was not accepted: self-signed certificate [connect-certificate]',
  },
  'connect-denied': {
    means:
      'The server refused the user: a wrong or missing password, a token of IAM, or a rule of its `pg_hba.conf`.',
    remedy:
      'Correct user or password (`PGUSER`, `PGPASSWORD`, or `db/user` and `db/password` in Parameter Store). With IAM, three things have to be there: IAM authentication of the instance, `GRANT rds_iam`, and the right to `rds-db:connect`.',
    example:
      'error: The server at localhost:5432 refused user web: password authentication failed for user "web" (SQLSTATE 28P01) [connect-denied]',
  },
  'connect-failed': {
    means: 'There is no connection to the server, for a reason that has no code of its own.',
    remedy: 'Check host, port, network and server; the message says what was seen.',
    example: 'error: No connection to localhost:5432: read ECONNRESET [connect-failed]',
  },
  'connect-no-database': {
    means: 'The server has no database of that name.',
    remedy:
      'Correct the name (`PGDATABASE`, `db/name`), or create it: `createdb --host localhost --username me shop`.',
    example:
      'error: The database shop does not exist at localhost:5432. (SQLSTATE 3D000) [connect-no-database]',
  },
  'connect-no-tls': {
    means: 'TLS was asked for, and the server does not offer it.',
    remedy: 'Turn TLS on in the server; or, where the network is trusted, set `PGSSLMODE=disable`.',
    example: 'error: The server at db.example:5432 does not offer TLS. [connect-no-tls]',
  },
  'connect-pooler': {
    means:
      'A connection pooler stands between us and the database. It moves sessions between servers, and locks with them.',
    remedy: 'Name the database itself, not the pooler: `npx registry-jobs up --database-url URL`.',
    example: 'error: A connection pooler stands between us and the database. [connect-pooler]',
  },
  'connect-refused': {
    means: 'Nothing accepts connections at that host and port.',
    remedy: 'Start the server, or correct host and port (`PGHOST`, `PGPORT`, or `db/host` and `db/port`).',
    example: 'error: Nothing accepts connections at localhost:5432. [connect-refused]',
  },
  'connect-starting': {
    means: 'The server is there, and starts, stops or recovers at this moment.',
    remedy: 'Try again in a moment.',
    example:
      'error: The server at localhost:5432 is not ready: the database system is starting up (SQLSTATE 57P03) [connect-starting]',
  },
  'connect-timeout': {
    means: 'No answer came within the time for connecting, ten seconds unless the settings say otherwise.',
    remedy: 'Check the network, the security group and the host.',
    example: 'error: No answer from db.example:5432 within 10000 ms. [connect-timeout]',
  },
  'connect-too-many': {
    means: 'The server has no connection left.',
    remedy: 'Close some, or raise `max_connections`.',
    example:
      'error: The server at localhost:5432 has no connection left. (SQLSTATE 53300) [connect-too-many]',
  },
  'connect-unknown-host': {
    means: 'The name of the host is not known to the DNS that was asked.',
    remedy: 'Correct the host (`PGHOST`, or `db/host` in Parameter Store).',
    example: 'error: The host name db.exmaple is not known. [connect-unknown-host]',
  },
  'connect-wrong-server': {
    means:
      'The server is a standby and a primary was asked for with `target_session_attrs` (`PGTARGETSESSIONATTRS`), or the other way round.',
    remedy: 'Name the host of the server that is meant, or ask for any: `target_session_attrs=any`.',
    example:
      'error: The server at db.example:5432 is a standby, and target_session_attrs in DATABASE_URL asks for a primary. [connect-wrong-server]',
  },
  'token-failed': {
    means: 'No IAM token could be made, because no credentials or no region of AWS were found.',
    remedy:
      'Log in to AWS, and set `AWS_REGION` where the host is not named as RDS names it: `aws sts get-caller-identity`.',
    example:
      'error: No IAM token could be made for refresher at db.example:5432: Region is missing [token-failed]',
  },
});
