import { type Fields, isFields, newFields } from '../../core/event.ts';
import type { OptionReader } from '../loader/option-reader.ts';
import type { BuildContext, ProcessorKind } from '../processor.ts';
import type { Run } from '../run-state.ts';
import { subject } from './subject.ts';

/**
 * `geoip`: where an address is, or whose it is. field (an address or a list of them), target_field, database_file (a file
 * in the folder of the setting `geoip.folder`), properties, ignore_missing, first_only. Without that setting it does
 * nothing, and `check` says so; without the file it adds a tag, as Elasticsearch does.
 */
export const geoip: ProcessorKind = geoProcessor('geoip', 'geoip');

/** `ip_location`: the same under its newer name. */
export const ipLocation: ProcessorKind = geoProcessor('ip_location', 'ip_location');

function geoProcessor(name: string, target: string): ProcessorKind {
  return { name, build: (options, context) => geoRun(name, target, options, context) };
}

function geoRun(name: string, targetField: string, options: OptionReader, context: BuildContext): Run {
  const source = options.path('field');
  const target = options.path('target_field', targetField);
  const file = options.string('database_file', 'GeoLite2-City.mmdb');
  const wanted = options.has('properties') ? options.strings('properties').map(text => text.toLowerCase()) : undefined;
  const ignoreMissing = options.boolean('ignore_missing', false);
  const firstOnly = options.boolean('first_only', true);
  // Where Elasticsearch gets its files from: there is no download here.
  options.boolean('download_database_on_pipeline_creation', true);
  options.boolean('fallback_to_default_databases', true);
  for (const property of wanted ?? []) {
    if (!Object.hasOwn(PROPERTIES, property))
      options.problem(
        'LS_PIPELINE_OPTION',
        `processor ${name}: there is no property "${property}".`,
        `There are ${Object.keys(PROPERTIES).join(', ')}.`,
      );
  }
  const { geo } = context;
  if (geo === undefined) {
    context.doubt({
      where: options.where,
      what: `the processor ${name} does nothing: there is no geographical database. Name a folder with ${file} in the setting geoip.folder, or remove the processor.`,
    });
    return () => undefined;
  }
  const database = geo.find(file);
  const kind = database === undefined ? undefined : KINDS.find(({ ending }) => database.type.endsWith(ending));
  if (database === undefined || kind === undefined) {
    const problem =
      database === undefined
        ? `cannot be read in the folder of geoip.folder${geo.reasonOf(file)}`
        : `is a database of a kind that is not known, ${database.type}`;
    context.doubt({
      where: options.where,
      what: `the processor ${name} finds nothing: ${file} ${problem}. Its events get a tag.`,
    });
    const tag = `_${name}_database_unavailable_${file}`;
    return event => addTag(event, tag);
  }
  const properties = (wanted ?? kind.properties).filter(
    property => kind.properties.includes(property) || kind.more?.includes(property),
  );
  const unknown = wanted?.filter(property => !properties.includes(property)) ?? [];
  if (unknown.length > 0)
    context.doubt({ where: options.where, what: `the processor ${name}: ${file} has no ${unknown.join(', ')}.` });
  return (event, state) => {
    const value = source.get(event, state);
    const addresses = typeof value === 'string' ? [value] : value;
    if (!Array.isArray(addresses)) return subject(source, value, ignoreMissing, 'an address or a list of them');
    const found: (Fields | null)[] = [];
    for (const address of addresses) {
      const look = typeof address === 'string' ? database.look(address) : undefined;
      if (look === undefined) return `field [${source.text}] holds something that is no address`;
      const data = isFields(look.record) ? dataOf(look.record, address, look.network, properties) : null;
      if (data !== null && (firstOnly || addresses !== value)) return target.set(event, state, data);
      found.push(data);
    }
    return found.every(data => data === null) ? undefined : target.set(event, state, found);
  };
}

function addTag(event: Fields, tag: string): undefined {
  const present = event['tags'];
  const tags = Array.isArray(present) ? present : present === undefined || present === null ? [] : [present];
  if (!tags.includes(tag)) event['tags'] = [...tags, tag];
  return undefined;
}

interface DatabaseKind {
  /** Of the type that the file says it is: `GeoLite2-City`. */
  readonly ending: string;
  /** What it sets when nothing is chosen. */
  readonly properties: readonly string[];
  readonly more?: readonly string[];
}

const COUNTRY = ['country_iso_code', 'country_name', 'continent_name'];
const CITY = [...COUNTRY, 'region_iso_code', 'region_name', 'city_name', 'location'];
const MORE_COUNTRY = [
  'ip',
  'continent_code',
  'country_in_european_union',
  'registered_country_in_european_union',
  'registered_country_iso_code',
  'registered_country_name',
];
const MORE_CITY = [...MORE_COUNTRY, 'timezone', 'postal_code', 'accuracy_radius'];
const ASN = ['ip', 'asn', 'organization_name', 'network'];
const ISP = [...ASN, 'isp', 'isp_organization_name', 'mobile_country_code', 'mobile_network_code'];
const ANONYMOUS = [
  'hosting_provider',
  'tor_exit_node',
  'anonymous_vpn',
  'anonymous',
  'public_proxy',
  'residential_proxy',
];
const KINDS: readonly DatabaseKind[] = [
  { ending: '-City', properties: CITY, more: MORE_CITY },
  { ending: '-Country', properties: COUNTRY, more: MORE_COUNTRY },
  { ending: '-ASN', properties: ASN },
  { ending: '-Anonymous-IP', properties: ANONYMOUS, more: ['ip'] },
  { ending: '-Connection-Type', properties: ['connection_type'], more: ['ip'] },
  { ending: '-Domain', properties: ['domain'], more: ['ip'] },
  { ending: '-ISP', properties: ISP },
  {
    ending: '-Enterprise',
    properties: CITY,
    more: [
      ...MORE_CITY,
      ...ISP,
      ...ANONYMOUS,
      'country_confidence',
      'city_confidence',
      'postal_confidence',
      'connection_type',
      'domain',
      'user_type',
    ],
  },
];

/** Where each property stands in a record of MaxMind's. Those of FALSE_UNLESS_SET are false where they are not there. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  ip: [],
  network: [],
  location: ['location'],
  region_iso_code: ['subdivisions'],
  region_name: ['subdivisions'],
  continent_code: ['continent', 'code'],
  continent_name: ['continent', 'names', 'en'],
  country_iso_code: ['country', 'iso_code'],
  country_name: ['country', 'names', 'en'],
  country_in_european_union: ['country', 'is_in_european_union'],
  country_confidence: ['country', 'confidence'],
  registered_country_iso_code: ['registered_country', 'iso_code'],
  registered_country_name: ['registered_country', 'names', 'en'],
  registered_country_in_european_union: ['registered_country', 'is_in_european_union'],
  city_name: ['city', 'names', 'en'],
  city_confidence: ['city', 'confidence'],
  timezone: ['location', 'time_zone'],
  accuracy_radius: ['location', 'accuracy_radius'],
  postal_code: ['postal', 'code'],
  postal_confidence: ['postal', 'confidence'],
  asn: ['autonomous_system_number'],
  organization_name: ['autonomous_system_organization'],
  isp: ['isp'],
  isp_organization_name: ['organization'],
  mobile_country_code: ['mobile_country_code'],
  mobile_network_code: ['mobile_network_code'],
  domain: ['domain'],
  connection_type: ['connection_type'],
  user_type: ['user_type'],
  hosting_provider: ['is_hosting_provider'],
  tor_exit_node: ['is_tor_exit_node'],
  anonymous_vpn: ['is_anonymous_vpn'],
  anonymous: ['is_anonymous'],
  public_proxy: ['is_public_proxy'],
  residential_proxy: ['is_residential_proxy'],
};
const FALSE_UNLESS_SET: ReadonlySet<string> = new Set([
  ...ANONYMOUS,
  'country_in_european_union',
  'registered_country_in_european_union',
]);

function dataOf(record: Fields, address: string, network: string, properties: readonly string[]): Fields {
  const out = newFields();
  for (const property of properties) {
    const value = propertyOf(record, property, address, network);
    if (value !== undefined) out[property] = value;
  }
  return out;
}

function propertyOf(record: Fields, property: string, address: string, network: string): unknown {
  if (property === 'ip') return address;
  if (property === 'network') return network;
  const path = PROPERTIES[property]!;
  const value = at(record, path) ?? (isFields(record['traits']) ? at(record['traits'], path) : undefined);
  if (property === 'location') return locationOf(value);
  if (path[0] === 'subdivisions') return regionOf(record, value, property);
  if (value === undefined && FALSE_UNLESS_SET.has(property))
    return path.length === 1 || isFields(record[path[0]!]) ? false : undefined;
  return value;
}

function at(record: unknown, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const key of path) {
    if (!isFields(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value ?? undefined;
}

function locationOf(value: unknown): Fields | undefined {
  const lat = at(value, ['latitude']);
  const lon = at(value, ['longitude']);
  return lat === undefined || lon === undefined ? undefined : Object.assign(newFields(), { lat, lon });
}

/** Of the smallest region that is named. */
function regionOf(record: Fields, list: unknown, property: string): unknown {
  const region = Array.isArray(list) ? list[list.length - 1] : undefined;
  if (property === 'region_name') return at(region, ['names', 'en']);
  const country = at(record, ['country', 'iso_code']);
  const code = at(region, ['iso_code']);
  return country === undefined || code === undefined ? undefined : `${country}-${code}`;
}
