import { statfs } from 'node:fs/promises';
import { Outage } from '../../base/flow/outage.ts';
import { logger } from '../../core/log.ts';

const log = logger('spool');
const LOOK_MS = 1000;

/** How much of the disk is free, looked at each second; says it in the log when it is less than it should be. */
export class FreeSpace {
  readonly #dir: string;
  readonly #minBytes: number;
  readonly #outage = new Outage();
  #timer: NodeJS.Timeout | undefined;
  #bytes = Number.POSITIVE_INFINITY;

  constructor(dir: string, minBytes: number) {
    this.#dir = dir;
    this.#minBytes = minBytes;
  }

  /** In one sentence; undefined while enough is free. */
  get shortage(): string | undefined {
    if (this.#bytes >= this.#minBytes) return undefined;
    return `the disk is nearly full: ${readable(this.#bytes)} are free, and buffer.min_free_bytes wants ${readable(this.#minBytes)}.`;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#dir);
      this.#bytes = bavail * bsize;
    } catch {
      // The next write will tell.
      return;
    }
    const details = { path: this.#dir, free_bytes: this.#bytes, wanted_bytes: this.#minBytes };
    if (this.shortage === undefined) {
      this.#outage.over(facts =>
        log.info({ ...details, ...facts }, 'enough disk space is free again; accepting events'),
      );
      return;
    }
    const fix =
      'Free space on this disk, let store.retention keep less, move data_dir to a larger disk, or lower buffer.min_free_bytes.';
    this.#outage.failed(facts =>
      log.error(
        { ...details, fix, ...facts },
        'less of the disk is free than buffer.min_free_bytes: nothing is taken in',
      ),
    );
  }
}

/** `99.5 MB` */
function readable(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}
