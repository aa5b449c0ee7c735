import pg from 'pg';
import { type Spread, spread } from './statistics.ts';

const WARM_UP = 20;
const TIMES = 200;

/** How long `SELECT 1` takes: what a round trip really costs, server included. */
export async function measureRoundTrip(connectionString: string): Promise<Spread> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    const times: number[] = [];
    for (let run = 0; run < WARM_UP + TIMES; run++) {
      const began = performance.now();
      await client.query('SELECT 1');
      if (run >= WARM_UP) times.push(performance.now() - began);
    }
    return spread(times);
  } finally {
    await client.end();
  }
}
