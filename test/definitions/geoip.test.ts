import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Fields, newFields } from '../../src/core/event.ts';
import { pipelineOptionsOf } from '../../src/definitions/pipeline-options.ts';
import { loadPipelines, type PipelineSet } from '../../src/parse/pipelines.ts';
import { mmdb } from '../support/mmdb.ts';

const folder = mkdtempSync(join(tmpdir(), 'longshore-geoip-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SEOUL = {
  city: { names: { en: 'Seoul', ko: '서울' } },
  continent: { code: 'AS', names: { en: 'Asia' } },
  country: { iso_code: 'KR', names: { en: 'South Korea' } },
  location: { accuracy_radius: 20, latitude: 37.5111, longitude: 126.9743, time_zone: 'Asia/Seoul' },
  postal: { code: '03141' },
  registered_country: { iso_code: 'SE', is_in_european_union: true, names: { en: 'Sweden' } },
  subdivisions: [{ iso_code: '11', names: { en: 'Seoul' } }],
};
writeFileSync(
  join(folder, 'GeoLite2-City.mmdb'),
  mmdb('GeoLite2-City', {
    '203.0.113.0/24': SEOUL,
    '198.51.100.128/25': { country: { iso_code: 'DE', is_in_european_union: true, names: { en: 'Germany' } } },
    '2001:db8::/32': SEOUL,
  }),
);
writeFileSync(
  join(folder, 'GeoLite2-ASN.mmdb'),
  mmdb('GeoLite2-ASN', {
    '203.0.113.0/24': { autonomous_system_number: 64500, autonomous_system_organization: 'Example Carrier' },
    '2001:db8:4000::/34': { autonomous_system_number: 64501 },
  }),
);
writeFileSync(
  join(folder, 'Anonymous.mmdb'),
  mmdb('GeoIP2-Anonymous-IP', { '203.0.113.0/24': { is_anonymous: true } }),
);
writeFileSync(join(folder, 'Odd.mmdb'), mmdb('Own-Weather', { '203.0.113.0/24': { sun: true } }));
writeFileSync(join(folder, 'broken.mmdb'), 'no database');

const SEOUL_DEFAULT = {
  continent_name: 'Asia',
  country_name: 'South Korea',
  country_iso_code: 'KR',
  region_iso_code: 'KR-11',
  region_name: 'Seoul',
  city_name: 'Seoul',
  location: { lat: 37.5111, lon: 126.9743 },
};

function load(options: object, name = 'geoip', settings: object = { folder }): PipelineSet {
  const text = JSON.stringify({ match: { tag: '**' }, processors: [{ [name]: { field: 'ip', ...options } }] });
  return loadPipelines([{ path: 'geo.json', text }], pipelineOptionsOf({ timezone: 'UTC', geoip: settings }));
}

function run(set: PipelineSet, ip: unknown): Fields {
  return JSON.parse(
    JSON.stringify(set.run(Object.assign(newFields(), { ip }), { tag: 't', time: Number.NaN, receivedAt: 0 })),
  );
}

const CASES: { name: string; options: object; ip: unknown; out: object }[] = [
  { name: 'a city', options: {}, ip: '203.0.113.9', out: { geoip: SEOUL_DEFAULT } },
  { name: 'a city of IPv6', options: {}, ip: '2001:db8::1%eth0', out: { geoip: SEOUL_DEFAULT } },
  { name: 'IPv4 written as IPv6', options: {}, ip: '::ffff:203.0.113.9', out: { geoip: SEOUL_DEFAULT } },
  {
    name: 'what little is known',
    options: { target_field: 'source.geo' },
    ip: '198.51.100.200',
    out: { source: { geo: { country_name: 'Germany', country_iso_code: 'DE' } } },
  },
  { name: 'an address beside the network', options: {}, ip: '198.51.100.1', out: {} },
  {
    name: 'chosen properties',
    options: {
      properties: [
        'IP',
        'continent_code',
        'timezone',
        'postal_code',
        'accuracy_radius',
        'registered_country_iso_code',
        'registered_country_in_european_union',
        'country_in_european_union',
      ],
    },
    ip: '203.0.113.9',
    out: {
      geoip: {
        ip: '203.0.113.9',
        continent_code: 'AS',
        timezone: 'Asia/Seoul',
        postal_code: '03141',
        accuracy_radius: 20,
        registered_country_iso_code: 'SE',
        registered_country_in_european_union: true,
        country_in_european_union: false,
      },
    },
  },
  {
    name: 'a network and its owner',
    options: { database_file: 'GeoLite2-ASN.mmdb', target_field: 'as' },
    ip: '203.0.113.9',
    out: {
      as: { ip: '203.0.113.9', asn: 64500, organization_name: 'Example Carrier', network: '203.0.113.0/24' },
    },
  },
  {
    name: 'a network of IPv6',
    options: { database_file: 'GeoLite2-ASN.mmdb', target_field: 'as', properties: ['asn', 'network'] },
    ip: '2001:db8:7fff::1',
    out: { as: { asn: 64501, network: '2001:db8:4000:0:0:0:0:0/34' } },
  },
  {
    name: 'an anonymous address',
    options: { database_file: 'Anonymous.mmdb', properties: ['anonymous', 'tor_exit_node'] },
    ip: '203.0.113.9',
    out: { geoip: { anonymous: true, tor_exit_node: false } },
  },
  {
    name: 'the first of a list that is known',
    options: { properties: ['city_name'] },
    ip: ['10.0.0.1', '203.0.113.9', '2001:db8::1'],
    out: { geoip: { city_name: 'Seoul' } },
  },
  {
    name: 'all of a list',
    options: { properties: ['city_name'], first_only: false },
    ip: ['10.0.0.1', '203.0.113.9'],
    out: { geoip: [null, { city_name: 'Seoul' }] },
  },
  { name: 'a list of which none is known', options: { first_only: false }, ip: ['10.0.0.1'], out: {} },
];

describe('geoip', () => {
  test.for(CASES)('$name', ({ options, ip, out }) => {
    expect(run(load(options), ip)).toEqual({ ip, ...out });
  });

  test('ip_location has a target of its own', () => {
    expect(run(load({}, 'ip_location'), '203.0.113.9')).toEqual({ ip: '203.0.113.9', ip_location: SEOUL_DEFAULT });
  });

  test.for([
    ['203.0.113', 'field [ip] holds something that is no address'],
    [['203.0.113.9', 5], 'field [ip] holds something that is no address'],
    [5, 'field [ip] is not an address or a list of them'],
    [undefined, 'field [ip] is not there'],
  ] as const)('%s fails', ([ip, reason]) => {
    const got = run(load({ first_only: false }), ip);
    expect(got['tags']).toEqual(['_geoipfailure']);
    expect(got['pipeline_error']).toContain(reason);
    expect(run(load({ ignore_failure: true, first_only: false }), ip)['tags']).toBeUndefined();
  });

  test('a missing field may be passed over', () => {
    expect(run(load({ ignore_missing: true }), undefined)).toEqual({});
  });
});

describe('geoip without its database', () => {
  test('does nothing when no folder is configured, and check says so', () => {
    const set = load({}, 'geoip', {});
    expect(set.doubts.map(({ what }) => what)).toEqual([expect.stringMatching(/does nothing.*geoip\.folder/)]);
    expect(run(set, '203.0.113.9')).toEqual({ ip: '203.0.113.9' });
  });

  test.for([
    ['none.mmdb', 'it is not there'],
    ['broken.mmdb', ''],
    ['../geo.mmdb', 'the name of a file alone'],
    ['Odd.mmdb', 'a kind that is not known, Own-Weather'],
  ] as const)('says on the event which file it is: %s', ([file, reason]) => {
    const set = load({ database_file: file });
    expect(set.doubts.map(({ what }) => what)).toEqual([expect.stringContaining(reason)]);
    expect(run(set, '203.0.113.9')).toEqual({
      ip: '203.0.113.9',
      tags: [`_geoip_database_unavailable_${file}`],
    });
  });

  test('a property that there is not is a mistake; one that the file has not is left out', () => {
    expect(() => load({ properties: ['weather'] })).toThrow(/no property "weather"/);
    const set = load({ properties: ['asn', 'city_name'] });
    expect(set.doubts[0]?.what).toContain('has no asn');
    expect(run(set, '203.0.113.9')['geoip']).toEqual({ city_name: 'Seoul' });
  });

  test('a file that has changed is read again at the next load', () => {
    const path = join(folder, 'Changing-City.mmdb');
    const options = { database_file: 'Changing-City.mmdb', properties: ['city_name'] };
    writeFileSync(path, mmdb('Own-City', { '10.0.0.0/8': { city: { names: { en: 'Old' } } } }));
    expect(run(load(options), '10.1.1.1')['geoip']).toEqual({ city_name: 'Old' });
    writeFileSync(path, mmdb('Own-City', { '10.0.0.0/8': { city: { names: { en: 'New' } } } }));
    utimesSync(path, 1, 1);
    expect(run(load(options), '10.1.1.1')['geoip']).toEqual({ city_name: 'New' });
  });
});
