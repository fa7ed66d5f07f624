import type { MakeIntegration } from './integration.ts';
import { cut, textOf } from './options.ts';
import { secretOf } from './secret.ts';
import { oneRequest } from './sending.ts';

const API_URL = 'https://api.pushover.net/1/messages.json';
const seconds = (ms: unknown, fallback: number): string =>
  String(Math.floor(Number(typeof ms === 'number' ? ms : fallback) / 1000));

/** `pushover_configs` */
export const pushover: MakeIntegration = ({ options }, around) =>
  oneRequest(around, async texts => {
    const value = (name: string, fallback = ''): string => texts.value(name, textOf(options, name, fallback));
    const [token, user] = await Promise.all(
      ['token', 'user_key'].map(async name => texts.value(name, await secretOf(options, name, around))),
    );
    const isHtml = options['html'] === true;
    const text = texts.prose(
      'message',
      textOf(options, 'message', '{{ template "pushover.default.message" . }}'),
      isHtml,
    );
    const parameters = new URLSearchParams({
      token: token!,
      user: user!,
      title: cut(texts.title('title', textOf(options, 'title', '{{ template "pushover.default.title" . }}')), 250),
      ...(isHtml ? { html: '1' } : {}),
      ...(options['monospace'] === true ? { monospace: '1' } : {}),
      message: cut(text, 1024).trim() || '(no details)',
      url: cut(value('url', '{{ template "pushover.default.url" . }}'), 512),
      url_title: value('url_title'),
      priority: value('priority', '{{ if eq .Status "firing" }}2{{ else }}0{{ end }}'),
      retry: seconds(options['retry'], 60_000),
      expire: seconds(options['expire'], 3_600_000),
      device: value('device'),
      sound: value('sound'),
      ...(Number(options['ttl'] ?? 0) >= 1000 ? { ttl: seconds(options['ttl'], 0) } : {}),
    });
    return {
      address: `${API_URL}?${parameters}`,
      body: '',
      headers: { 'Content-Type': 'text/plain' },
      secrets: [token!, user!],
    };
  });
