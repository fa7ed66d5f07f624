import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { command } from '../support/command.ts';

export interface Ports {
  readonly syslog: number;
  readonly tls: number;
}

/** A syslog daemon that takes messages at a socket in a folder of the test and sends each of them on in several ways. */
export interface Daemon {
  readonly name: string;
  /** Its program, and an argument on which it ends with code 0. */
  readonly program: string;
  readonly check: readonly string[];
  /** How many ways there are. */
  readonly ways: number;
  config(folder: string, ports: Ports): string;
  args(folder: string): string[];
}

export const DAEMONS: readonly Daemon[] = [
  {
    name: 'rsyslog',
    program: 'rsyslogd',
    check: ['-v'],
    ways: 3,
    config: (folder, { syslog }) => {
      const to = `type="omfwd" Target="127.0.0.1" Port="${syslog}" action.resumeRetryCount="-1" action.resumeInterval="1"`;
      return `
module(load="imuxsock" SysSock.Use="off")
global(workDirectory="${folder}")
input(type="imuxsock" Socket="${folder}/in.sock" RateLimit.Interval="0")
action(${to} Protocol="tcp" TCP_Framing="octet-counted" Template="RSYSLOG_SyslogProtocol23Format")
action(${to} Protocol="tcp" Template="RSYSLOG_ForwardFormat")
action(${to} Protocol="udp" Template="RSYSLOG_TraditionalForwardFormat")
`;
    },
    args: folder => ['-n', '-f', join(folder, 'daemon.conf'), '-i', join(folder, 'pid')],
  },
  {
    name: 'syslog-ng',
    program: 'syslog-ng',
    check: ['--version'],
    ways: 5,
    config: (folder, { syslog, tls }) => `
@version: 3.38
options { time-reopen(1); };
source s { unix-dgram("${folder}/in.sock"); };
destination rfc5424 { syslog("127.0.0.1" transport("tcp") port(${syslog}) persist-name("a")); };
destination rfc3164 { network("127.0.0.1" transport("tcp") port(${syslog}) persist-name("b")); };
destination rfc5424_udp { syslog("127.0.0.1" transport("udp") port(${syslog}) persist-name("c")); };
destination rfc3164_udp { network("127.0.0.1" transport("udp") port(${syslog}) persist-name("d")); };
destination rfc5424_tls { syslog("127.0.0.1" transport("tls") port(${tls}) tls(peer-verify(optional-untrusted)) persist-name("e")); };
log {
  source(s); destination(rfc5424); destination(rfc3164); destination(rfc5424_udp); destination(rfc3164_udp); destination(rfc5424_tls);
};
`,
    args: folder => [
      ...['-F', '--no-caps', '-f', join(folder, 'daemon.conf'), '-p', join(folder, 'pid')],
      ...['-R', join(folder, 'persist'), '-c', join(folder, 'control')],
    ],
  },
];

/** True where it is installed; else why not. */
export async function installed({ program, check }: Daemon): Promise<true | string> {
  const { code, err } = await command(program, check);
  return code === 0 || err.split('\n').at(-1) || `there is no ${program}`;
}

/** Resolves when its socket is there. */
export async function startDaemon(daemon: Daemon, folder: string, ports: Ports): Promise<ChildProcess> {
  writeFileSync(join(folder, 'daemon.conf'), daemon.config(folder, ports));
  const child = spawn(daemon.program, daemon.args(folder), { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr!.on('data', data => {
    said += String(data);
  });
  await vi.waitFor(
    () => {
      if (!existsSync(join(folder, 'in.sock'))) throw new Error(`${daemon.name} does not listen: ${said}`);
    },
    { timeout: 10_000, interval: 50 },
  );
  return child;
}
