import { type Dice, HOSTS, WORDS } from './words.ts';

/** A line of the combined log format; `-` where a server has nothing to say. One in a hundred fails. */
export function accessLine(dice: Dice): string {
  const status = dice.pick(STATUSES);
  const bytes = status === 304 || dice.once(12) ? '-' : String(dice.size(200));
  const referrer = dice.once(3) ? '-' : `https://${dice.pick(HOSTS)}/${dice.pick(WORDS)}/${dice.next(5000)}`;
  const user = dice.once(20) ? dice.pick(WORDS) : '-';
  const request = `${dice.pick(METHODS)} ${dice.path()} HTTP/${dice.pick(['1.0', '1.1', '2.0'])}`;
  return `${dice.address()} - ${user} [${clock(dice.time())}] "${request}" ${status} ${bytes} "${referrer}" "${dice.agent()}"`;
}

export const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'HEAD', 'DELETE'];
export const STATUSES = Array.from({ length: 100 }, (_, i) =>
  i < 82 ? 200 : i < 90 ? 304 : i < 95 ? 301 : i < 99 ? 404 : 500,
);
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function clock(time: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${two(time.getUTCDate())}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${date}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`;
}
