/** Whether a connection stays on this machine, so that TLS would protect nothing, and nobody else's data is there. */
export function isOnThisMachine({ host, address = host }: { host: string; address?: string }): boolean {
  return isLocal(host) && isLocal(address);
}

/** A path is a Unix socket. */
function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('/') || /^127(\.\d{1,3}){3}$/.test(host);
}
