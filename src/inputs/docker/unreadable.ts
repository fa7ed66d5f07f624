import type { Inspected } from './container.ts';

/** Why the log of a container is not read: its driver keeps nothing, or sends it here itself. */
export type Unreadable = 'driver' | 'sent';

export function whyUnreadable(why: Unreadable): string {
  return why === 'sent'
    ? 'its log driver sends it here already: it would be stored twice'
    : 'its log driver keeps nothing that the engine could give (json-file, local and journald do, others with a cache of the engine)';
}

/** Options in which drivers name where they send to, and the ports where these leave it out. */
const ADDRESSES: Readonly<Record<string, readonly [option: string, port: number]>> = {
  fluentd: ['fluentd-address', 24224],
  gelf: ['gelf-address', 12201],
  syslog: ['syslog-address', 514],
  splunk: ['splunk-url', 8088],
};

/** Whether its driver sends to one of these ports of this machine, as far as its address says. */
export function sendsTo(ports: ReadonlySet<number>, hosts: ReadonlySet<string>) {
  return ({ driver, driverOptions }: Pick<Inspected, 'driver' | 'driverOptions'>): boolean => {
    const found = ADDRESSES[driver];
    if (found === undefined) return false;
    const [option, port] = found;
    const written = driverOptions[option] ?? (driver === 'fluentd' ? `127.0.0.1:${port}` : '');
    const address = URL.parse(written.includes('://') ? written : `tcp://${written}`);
    if (address === null) return false;
    return hosts.has(address.hostname.toLowerCase()) && ports.has(address.port === '' ? port : Number(address.port));
  };
}
