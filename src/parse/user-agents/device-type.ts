import type { UserAgent } from './user-agent.ts';

export type DeviceType = 'Robot' | 'Tablet' | 'Phone' | 'Desktop' | 'Other';

const ROBOT = /bot\b|spider|crawler|^AppEngine-Google|\bbots?\b/i;
const TABLET = /tablet|ipad|fireos|crosswalk|kindle/i;
const PHONE_SYSTEM = /^(?:Android|iOS|Windows Phone|Firefox OS|BlackBerry OS|KaiOS|Sailfish|Maemo|HarmonyOS)\b/;
const PHONE_AGENT =
  /\bMobile\b|\biOS$|^(?:Android|BlackBerry WebKit|Sailfish Browser|Amazon Silk|Facebook|Instagram|Pinterest|Flipboard)/;
const DESKTOP_SYSTEM = new RegExp(
  `^(?:${['Windows(?: NT)?$', 'Mac OS X', 'Linux$', 'Chrome OS', 'Fedora', 'Ubuntu', 'Debian', 'Arch Linux', 'SUSE', '\\w+BSD', 'Solaris', 'SunOS', 'BeOS'].join('|')})`,
);

/** What kind of device an agent runs on, as far as its names say. */
export function deviceTypeOf({ agent, system, device }: UserAgent): DeviceType {
  const names = [agent.name, system?.name ?? '', device.name];
  if (names.some(name => ROBOT.test(name))) return 'Robot';
  if (names.some(name => TABLET.test(name))) return 'Tablet';
  if (PHONE_SYSTEM.test(system?.name ?? '') || PHONE_AGENT.test(agent.name)) return 'Phone';
  return DESKTOP_SYSTEM.test(system?.name ?? '') ? 'Desktop' : 'Other';
}
