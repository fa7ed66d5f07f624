import { zoneOfSetting } from '../../base/time/zone.ts';
import type { Consumer } from '../../core/contracts.ts';
import { logger } from '../../core/log.ts';
import { counter, gauge } from '../../core/metrics.ts';
import type { DatagramQueue } from '../messages/datagram-queue.ts';
import { MessageInput } from '../messages/message-input.ts';
import { trimmed } from '../stream/message-framing.ts';
import { decodeSyslog } from './decode.ts';
import type { SyslogInputOptions } from './options.ts';

const log = logger('inputs.syslog');
const metrics = {
  events: counter('longshore_syslog_events_total', 'Events that became durable.'),
  bytes: counter('longshore_syslog_bytes_total', 'Bytes read.'),
  unacked: gauge('longshore_syslog_unacked_bytes', 'Messages received that are not durable yet.'),
  errors: counter('longshore_syslog_errors_total', 'What went wrong on the syslog input.', ['reason']),
  connections: gauge('longshore_syslog_connections', 'Open connections for syslog.'),
};

/** syslog over UDP, TCP, TLS and unix sockets. A datagram is one message, of however many lines. */
export class SyslogInput extends MessageInput {
  /** Checks the settings without touching the network. Throws LongshoreErrors. */
  constructor(options: SyslogInputOptions, consumer: Consumer) {
    const zone = zoneOfSetting(options.timezone ?? 'UTC', 'inputs.syslog.timezone');
    const kind = {
      ...{ name: 'syslog', title: 'syslog', defaultPort: 5514, defaultTlsPort: 6514, isCounted: true, metrics, log },
      decode: (messages: readonly Buffer[], cutBytes: number, peer: string, receivedAt: number) =>
        decodeSyslog(messages, cutBytes, peer, receivedAt, zone),
      onDatagram: (peer: string, datagram: Buffer, queue: DatagramQueue): void => {
        const message = trimmed(datagram, 0, datagram.length);
        if (message.length > 0) queue.add(peer, message);
      },
    };
    super(kind, options, consumer);
  }
}
