import { newFields } from '../../core/event.ts';
import type { ProcessorKind } from '../processor.ts';
import { subject } from './subject.ts';

const PROPERTIES = ['name', 'version', 'os', 'device', 'original'] as const;

/**
 * `user_agent`: field, target_field (default `user_agent`), properties, ignore_missing, extract_device_type.
 * Works with a small set of rules of its own: the browsers, libraries, crawlers and systems that make up nearly all of an
 * access log. `regex_file` is not supported; the long tail that Elasticsearch knows comes out as `Other`.
 */
export const userAgent: ProcessorKind = {
  name: 'user_agent',
  build(options) {
    const source = options.path('field');
    const target = options.path('target_field', 'user_agent');
    const properties = new Set(options.strings('properties', [...PROPERTIES]));
    const ignoreMissing = options.boolean('ignore_missing', false);
    options.boolean('extract_device_type', false);
    options.boolean('ecs', true);
    return (event, state) => {
      const text = source.get(event, state);
      if (typeof text !== 'string') return subject(source, text, ignoreMissing);
      const agent = agentOf(text);
      const out = newFields();
      if (properties.has('name')) out['name'] = agent.name;
      if (properties.has('version') && agent.version !== '') out['version'] = agent.version;
      if (properties.has('os') && agent.os !== '') {
        const os = newFields();
        os['name'] = agent.os;
        if (agent.osVersion !== '') {
          os['version'] = agent.osVersion;
          os['full'] = `${agent.os} ${agent.osVersion}`;
        }
        out['os'] = os;
      }
      if (properties.has('device')) {
        const device = newFields();
        device['name'] = agent.device;
        out['device'] = device;
      }
      if (properties.has('original')) out['original'] = text;
      return target.set(event, state, out);
    };
  },
};

interface Agent {
  readonly name: string;
  readonly version: string;
  readonly os: string;
  readonly osVersion: string;
  readonly device: string;
}

// Access logs repeat few agents: the last ones are remembered.
const remembered = new Map<string, Agent>();
const MAX_REMEMBERED = 2000;

function agentOf(text: string): Agent {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const agent = parseAgent(text.slice(0, 1000));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(text, agent);
  return agent;
}

/** First match wins; group 1 is the version. */
const BROWSERS: readonly [string, RegExp][] = [
  ['Googlebot', /Googlebot(?:-\w+)?\/?([\d.]*)/],
  ['bingbot', /bingbot\/([\d.]*)/i],
  ['YandexBot', /Yandex(?:Bot|Images)\/([\d.]*)/],
  ['Baiduspider', /Baiduspider(?:-\w+)?\/?([\d.]*)/],
  ['Applebot', /Applebot\/([\d.]*)/],
  ['AhrefsBot', /AhrefsBot\/([\d.]*)/],
  ['SemrushBot', /SemrushBot\/?([\d.]*)/],
  ['facebookexternalhit', /facebookexternalhit\/([\d.]*)/],
  ['ELB-HealthChecker', /ELB-HealthChecker\/([\d.]*)/],
  ['kube-probe', /^kube-probe\/([\d.]*)/],
  ['curl', /^curl\/([\d.]*)/],
  ['Wget', /^Wget\/([\d.]*)/],
  ['Python Requests', /python-requests\/([\d.]*)/],
  ['Python aiohttp', /aiohttp\/([\d.]*)/],
  ['Python-urllib', /Python-urllib\/([\d.]*)/],
  ['Go-http-client', /^Go-http-client\/([\d.]*)/],
  ['okhttp', /okhttp\/([\d.]*)/],
  ['Apache-HttpClient', /Apache-HttpClient\/([\d.]*)/],
  ['Java', /^Java\/([\d._]*)/],
  ['axios', /^axios\/([\d.]*)/],
  ['node-fetch', /^node-fetch\/?([\d.]*)/],
  ['PostmanRuntime', /^PostmanRuntime\/([\d.]*)/],
  ['ApacheBench', /^ApacheBench\/([\d.]*)/],
  ['Prometheus', /^Prometheus\/([\d.]*)/],
  ['Edge', /Edg(?:e|A|iOS)?\/([\d.]*)/],
  ['Opera', /(?:OPR|Opera)\/([\d.]*)/],
  ['Samsung Internet', /SamsungBrowser\/([\d.]*)/],
  ['YaBrowser', /YaBrowser\/([\d.]*)/],
  ['Firefox iOS', /FxiOS\/([\d.]*)/],
  ['Firefox', /Firefox\/([\d.]*)/],
  ['Chrome Mobile iOS', /CriOS\/([\d.]*)/],
  ['HeadlessChrome', /HeadlessChrome\/([\d.]*)/],
  ['Chrome Mobile', /Chrome\/([\d.]*) Mobile/],
  ['Chrome', /Chrome\/([\d.]*)/],
  ['Mobile Safari', /Version\/([\d.]*) Mobile\/\S+ Safari/],
  ['Safari', /Version\/([\d.]*) Safari/],
  ['IE', /MSIE ([\d.]*)/],
  ['IE', /Trident\/.*rv:([\d.]*)/],
];

const SYSTEMS: readonly [string, RegExp][] = [
  ['Windows', /Windows NT ([\d.]*)/],
  ['iOS', /(?:iPhone|iPad|iPod).*? OS ([\d_]*)/],
  ['Android', /Android ?([\d.]*)/],
  ['Mac OS X', /Mac OS X ([\d_.]*)/],
  ['Chrome OS', /CrOS \S+ ([\d.]*)/],
  ['Ubuntu', /Ubuntu\/?([\d.]*)/],
  ['Linux', /Linux()/],
];

const WINDOWS: Record<string, string> = {
  '10.0': '10',
  '6.3': '8.1',
  '6.2': '8',
  '6.1': '7',
  '6.0': 'Vista',
  '5.1': 'XP',
};

function parseAgent(text: string): Agent {
  let name = 'Other';
  let version = '';
  for (const [candidate, pattern] of BROWSERS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    name = candidate;
    version = found[1]!;
    break;
  }
  let os = '';
  let osVersion = '';
  for (const [candidate, pattern] of SYSTEMS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    os = candidate;
    osVersion = found[1]!.replaceAll('_', '.');
    if (os === 'Windows') osVersion = WINDOWS[osVersion] ?? osVersion;
    break;
  }
  return { name, version, os, osVersion, device: deviceOf(text) };
}

function deviceOf(text: string): string {
  if (/bot\b|spider|crawl|slurp|HealthChecker|kube-probe/i.test(text)) return 'Spider';
  const apple = /\b(iPhone|iPad|iPod)\b/.exec(text)?.[1];
  if (apple !== undefined) return apple;
  if (/Macintosh/.test(text)) return 'Mac';
  return /Android [\d.]+; (?:[a-z]{2}-[A-Za-z]{2}; )?([^;)]+?)(?: Build\/|[;)])/.exec(text)?.[1] ?? 'Other';
}
