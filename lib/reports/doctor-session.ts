import { formatDuration } from '../text/format.ts';
import type { DoctorCheck } from './doctor.ts';
import type { ConnectionFacts, DefaultFacts, SessionFacts } from './doctor-facts.ts';

/** A command that asks the same server, as the same user, this statement. */
export type Psql = (sql: string) => string;

/** What there is to say of the server and the session, apart from rights; nothing of what could not be asked. Pure. */
export function checkSession(facts: SessionFacts, psql: Psql): DoctorCheck[] {
  const { connections, roundTripMs, clockAheadMs } = facts;
  return [
    ...checkServer(facts, psql),
    ...(roundTripMs === undefined ? [] : [checkRoundTrip(roundTripMs)]),
    ...(clockAheadMs === undefined ? [] : [checkClock(clockAheadMs, roundTripMs ?? 0)]),
    ...(connections ? [checkConnections(connections, psql)] : []),
    ...checkTimeouts(facts),
  ];
}

const KINDS = {
  aurora: 'Amazon Aurora: it has aurora_version()',
  rds: 'Amazon RDS: it has the role rdsadmin',
  plain: 'it has neither rdsadmin nor aurora_version(), as RDS and Aurora do',
} as const;

const OLDEST = 13;

function checkServer({ server, defaults = [], configurationSeen }: SessionFacts, psql: Psql): DoctorCheck[] {
  if (!server) return [];
  const { version, kind, auroraVersion, role } = server;
  const aurora = auroraVersion === undefined ? '' : `, which says ${auroraVersion}`;
  const message = `Postgres ${version}; ${KINDS[kind]}${aurora}`;
  const isOld = Number.parseInt(version, 10) < OLDEST;
  return [
    isOld
      ? {
          ...{ step: 'server', status: 'problem', code: 'server-too-old' },
          message: `${message}; we need ${OLDEST} or newer`,
          hint: 'Upgrade the server.',
        }
      : { step: 'server', status: 'ok', message },
    checkReadOnly(role, defaults, configurationSeen === true, psql),
  ] as DoctorCheck[];
}

const READ_ONLY = 'default_transaction_read_only';

function checkReadOnly(
  role: 'primary' | 'standby',
  defaults: readonly DefaultFacts[],
  configurationSeen: boolean,
  psql: Psql,
): DoctorCheck {
  if (role === 'standby') {
    return {
      ...{ step: 'read-only', status: 'problem', code: 'read-only-server' },
      message: 'the server is a standby: nothing can be written there',
      hint: 'Name the host of the primary. Who is one says f here:',
      run: psql('SELECT pg_is_in_recovery()'),
    };
  }
  const found = defaults.find(({ setting, value }) => setting === READ_ONLY && isOn(value));
  const primary = 'the server is a primary';
  if (!found) {
    const rest = configurationSeen
      ? ''
      : ' for this role and database; the configuration of the server is not shown to this user';
    return { step: 'read-only', status: 'ok', message: `${primary}; ${READ_ONLY} is not on${rest}` };
  }
  return {
    ...{ step: 'read-only', status: 'warning' },
    message: `${primary}; ${found.of} has ${READ_ONLY} on. Migrations begin READ WRITE and are not kept by it, but somebody may have meant it`,
    hint: 'Find out who set it before you migrate. All defaults of this kind:',
    run: psql('SELECT setdatabase, setrole::regrole, setconfig FROM pg_db_role_setting'),
  };
}

function isOn(value: string): boolean {
  return /^(on|t|tr|tru|true|y|ye|yes|1)$/i.test(value);
}

/** Where each file costs a round trip, this much is felt. */
const FAR_MS = 200;

function checkRoundTrip(ms: number): DoctorCheck {
  const message = `${formatDuration(ms)}, the median of five; a file costs about one`;
  return { step: 'round-trip', status: ms > FAR_MS ? 'warning' : 'ok', message };
}

const CLOCK_MS = 5_000;

function checkClock(aheadMs: number, roundTripMs: number): DoctorCheck {
  const exactMs = Math.max(roundTripMs / 2, 100);
  const far = Math.abs(aheadMs);
  const side = aheadMs > 0 ? 'ahead of' : 'behind';
  const differ = `the server is ${formatDuration(far)} ${side} this machine, exact to ${formatDuration(exactMs)}`;
  if (far < exactMs)
    return {
      step: 'clock',
      status: 'ok',
      message: `this machine and the server agree to ${formatDuration(exactMs)}`,
    };
  if (far < CLOCK_MS) return { step: 'clock', status: 'ok', message: differ };
  return {
    ...{ step: 'clock', status: 'warning' },
    message: `${differ}: one of them is wrong. Times of ledger and journal are the server's; certificates and tokens of IAM are judged by both`,
    hint: 'See what this machine thinks:',
    run: 'date -u',
  };
}

/** `up` needs one, and one more to cancel or to see who is in the way. */
const NEEDED = 2;

function checkConnections(found: ConnectionFacts, psql: Psql): DoctorCheck {
  const { max, reserved, used, roleLimit, roleUsed, databaseLimit, databaseUsed } = found;
  const lefts = [
    {
      left: max - reserved - used,
      text: `${used} of ${max} in use${reserved > 0 ? `, ${reserved} reserved` : ''}`,
    },
    ...(roleLimit >= 0
      ? [{ left: roleLimit - roleUsed, text: `this role has ${roleUsed} of ${roleLimit}` }]
      : []),
    ...(databaseLimit >= 0
      ? [
          {
            left: databaseLimit - databaseUsed,
            text: `this database has ${databaseUsed} of ${databaseLimit}`,
          },
        ]
      : []),
  ];
  const left = Math.max(0, Math.min(...lefts.map((one) => one.left)));
  const message = `${left} left beside this one: ${lefts.map(({ text }) => text).join('; ')}`;
  if (left >= NEEDED) return { step: 'connections', status: 'ok', message };
  return {
    ...{ step: 'connections', status: 'warning', message },
    hint: 'See who has them:',
    run: psql(
      'SELECT usename, application_name, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC',
    ),
  };
}

/** Those that would end a long migration, if they counted. */
const CUTTING = [
  'statement_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
];

function checkTimeouts({ defaults }: SessionFacts): DoctorCheck[] {
  if (!defaults) return [];
  const set = defaults.filter(({ setting, value }) => setting !== READ_ONLY && !isZero(value));
  // A pooler may have kept ours from the server.
  const cutting = set.filter(
    ({ setting, inOurSession }) =>
      CUTTING.includes(setting) && !isZero(inOurSession) && !/^idle_in/.test(setting),
  );
  const describe = ({ setting, value, of, inOurSession }: DefaultFacts) =>
    `${setting} ${value} of ${of} (${inOurSession} in a session of ours)`;
  if (cutting.length > 0) {
    return [
      {
        ...{ step: 'timeouts', status: 'warning' },
        message: `a long migration would be cut: ${cutting.map(describe).join('; ')}`,
        hint: 'Have it taken away while you migrate:',
        run: cutting.map(undo).join('\n'),
      },
    ];
  }
  const message =
    set.length === 0
      ? 'no timeout of role or database would cut a long migration'
      : `none would cut a long migration, since our sessions set their own: ${set.map(describe).join('; ')}`;
  return [{ step: 'timeouts', status: 'ok', message }];
}

/** As SQL; what is in a file of the server is undone there. */
function undo({ setting, by }: DefaultFacts): string {
  return by === undefined ? `SHOW ${setting};` : `ALTER ${by} RESET ${setting};`;
}

function isZero(value: string): boolean {
  return /^0+\s*(us|ms|s|min|h|d)?$/.test(value.trim());
}
