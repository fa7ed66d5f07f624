/*
 * Names of zones without a season, as the letter `v` of java.time writes them: whether summer time holds is said by the date.
 * `ET` is -05:00 in November and -04:00 in July.
 */
const NAMES: Readonly<Record<string, string>> = {
  ET: 'America/New_York',
  'Eastern Time': 'America/New_York',
  CT: 'America/Chicago',
  'Central Time': 'America/Chicago',
  MT: 'America/Denver',
  'Mountain Time': 'America/Denver',
  PT: 'America/Los_Angeles',
  'Pacific Time': 'America/Los_Angeles',
  AKT: 'America/Anchorage',
  'Alaska Time': 'America/Anchorage',
  HT: 'Pacific/Honolulu',
  'Hawaii-Aleutian Time': 'Pacific/Honolulu',
  AT: 'America/Halifax',
  'Atlantic Time': 'America/Halifax',
  NT: 'America/St_Johns',
  'Newfoundland Time': 'America/St_Johns',
  'Greenwich Mean Time': 'Europe/London',
  'Western European Time': 'Europe/Lisbon',
  'Central European Time': 'Europe/Berlin',
  'Eastern European Time': 'Europe/Athens',
  'Moscow Time': 'Europe/Moscow',
  'Moscow Standard Time': 'Europe/Moscow',
  'India Standard Time': 'Asia/Kolkata',
  'China Time': 'Asia/Shanghai',
  'China Standard Time': 'Asia/Shanghai',
  'Japan Time': 'Asia/Tokyo',
  'Japan Standard Time': 'Asia/Tokyo',
  'Korean Time': 'Asia/Seoul',
  'Korean Standard Time': 'Asia/Seoul',
  'South Korea Time': 'Asia/Seoul',
  'Eastern Australia Time': 'Australia/Sydney',
  'New Zealand Time': 'Pacific/Auckland',
  'Coordinated Universal Time': 'Etc/UTC',
};

const NAME = new RegExp(`(?:${Object.keys(NAMES).join('|')})(?![A-Za-z/])`, 'y');

/** The name at a place of the text, and its zone; undefined: there is none. */
export function genericZoneAt(text: string, at: number): { readonly name: string; readonly zone: string } | undefined {
  NAME.lastIndex = at;
  const name = NAME.exec(text)?.[0];
  return name === undefined ? undefined : { name, zone: NAMES[name]! };
}
