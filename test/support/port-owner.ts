import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The process that has a connection from this port of the loopback, on Linux; undefined where there is none, or nobody can tell. */
export function portOwner(port: number): number | undefined {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    lines(file)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, address]) => address?.endsWith(local))
      .map((columns) => `socket:[${columns[9]}]`),
  );
  for (const pid of names('/proc').filter((name) => /^\d+$/.test(name))) {
    const open = names(`/proc/${pid}/fd`).map((fd) => target(`/proc/${pid}/fd/${fd}`));
    if (open.some((it) => it !== undefined && inodes.includes(it))) return Number(pid);
  }
  return undefined;
}

function lines(file: string): string[] {
  return attempt(() => readFileSync(file, 'utf8').split('\n')) ?? [];
}

function names(folder: string): string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

function target(link: string): string | undefined {
  return attempt(() => readlinkSync(link));
}

/** Processes and files go while they are looked at. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
