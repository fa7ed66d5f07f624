import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Path of a browser on this machine, or why there is none. */
export function findBrowser(): { path: string } | string {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    for (const name of NAMES) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return { path: join(folder, name) };
      } catch {}
    }
  }
  return `there is no ${NAMES.join(' or ')}; on Debian: apt-get install chromium`;
}
