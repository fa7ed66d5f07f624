import { rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import koffi from 'koffi';
import { type FromThread, GIVEN, STOP, type UnixDatagramsData } from './unix-datagrams.ts';

/* The thread of `UnixDatagrams`: the calls of Linux that Node has no words for. */

const libc = koffi.load(null);
const socket = libc.func('int socket(int, int, int)');
const bind = libc.func('int bind(int, const uint8_t *, uint32_t)');
const poll = libc.func('int poll(uint8_t *, unsigned long, int)');
const recv = libc.func('intptr_t recv(int, _Out_ uint8_t *, size_t, int)');
const close = libc.func('int close(int)');

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;
/** How long a stop may go unnoticed. */
const WAIT_MS = 250;
const MAX_DATAGRAM_BYTES = 1_000_000;
/** Less than half of the least that an owner lets wait, with what each costs beside its bytes. */
const MAX_BATCH_BYTES = 30_000;
/** `sun_path`, with the zero byte at its end. */
const MAX_PATH_BYTES = 108;

const { path, shared } = workerData as UnixDatagramsData;
const tell = (message: FromThread): void => parentPort!.postMessage(message);

function listen(): number {
  const name = Buffer.from(`${path}\0`);
  if (name.length > MAX_PATH_BYTES) {
    tell({ failed: 'the path is too long for a socket', code: 'ENAMETOOLONG' });
    return -1;
  }
  const descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number;
  const address = Buffer.concat([Buffer.of(AF_UNIX, 0), name]);
  if (descriptor >= 0 && bind(descriptor, address, address.length) === 0) return descriptor;
  const number = koffi.errno();
  const code = Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  tell({ failed: code, code });
  if (descriptor >= 0) close(descriptor);
  return -1;
}

const buffer = Buffer.alloc(MAX_DATAGRAM_BYTES);

/** What has come, without waiting. */
function readBatch(descriptor: number): Uint8Array[] {
  const batch: Uint8Array[] = [];
  for (let size = 0; size < MAX_BATCH_BYTES; ) {
    const length = Number(recv(descriptor, buffer, buffer.length, MSG_DONTWAIT));
    if (length < 0) break;
    batch.push(new Uint8Array(buffer.subarray(0, length)));
    size += length + 100;
  }
  return batch;
}

function serve(descriptor: number): void {
  tell({ listening: true });
  const asked = Buffer.alloc(8);
  asked.writeInt32LE(descriptor, 0);
  asked.writeInt16LE(POLLIN, 4);
  for (;;) {
    const isLast = Atomics.load(shared, STOP) === 1;
    const given = Atomics.load(shared, GIVEN);
    if (given > 0 && !isLast) {
      Atomics.wait(shared, GIVEN, given, WAIT_MS);
      continue;
    }
    if (!isLast && poll(asked, 1, WAIT_MS) === 0) continue;
    const batch = readBatch(descriptor);
    if (batch.length > 0) {
      Atomics.add(shared, GIVEN, 1);
      tell(batch);
    } else if (isLast) break;
  }
  close(descriptor);
  rmSync(path, { force: true });
}

const descriptor = listen();
if (descriptor >= 0) serve(descriptor);
