import { isFields } from '../../core/event.ts';
import type { SendResult } from '../alerters/alerter.ts';
import { Refused } from '../alerters/refused.ts';
import { UNESCAPABLE } from '../text/channels.ts';
import type { Around, MakeIntegration, Message } from './integration.ts';
import { cutBytes, type Options, textOf } from './options.ts';
import { secretOf } from './secret.ts';
import { result } from './sending.ts';
import { MessageTexts } from './texts.ts';

const TOKEN_LIFE_MS = 2 * 3_600_000;
/** WeChat cuts longer ones itself, and may do so inside of a character. */
const MAX_BYTES = 2048;
/** The token is no longer good. */
const EXPIRED = [40001, 40014, 42001];

/** `wechat_configs`: an application of WeCom, whose token is kept for two hours. */
export const wechat: MakeIntegration = ({ options }, around) => {
  const tokens = new Tokens(options, around);
  const send = async (message: Message, signal: AbortSignal): Promise<SendResult> => {
    const texts = new MessageTexts(
      around.templates,
      message,
      textOf(options, 'message_type') === 'markdown' ? UNESCAPABLE : undefined,
    );
    const token = await tokens.get(texts, message.idempotencyKey, signal);
    let code = 0;
    const sent = await around.http.send(
      {
        address: `${base(options)}message/send?access_token=${encodeURIComponent(token)}`,
        body: payload(options, texts),
        secrets: [token],
        judge: answer => {
          const { errcode, errmsg } = jsonOf(answer);
          code = Number(errcode);
          if (code === 0) return { ok: true };
          return { ok: false, scope: 'message', isFinal: true, reason: `WeChat says ${code} ${String(errmsg)}` };
        },
      },
      message.idempotencyKey,
      signal,
    );
    if (sent.ok || !EXPIRED.includes(code)) return sent;
    tokens.forget();
    return { ok: false, scope: 'place', reason: sent.reason };
  };
  return { send: (message, signal) => result(() => send(message, signal)) };
};

const base = (options: Options): string => textOf(options, 'api_url').replace(/\/*$/, '/');

function payload(options: Options, texts: MessageTexts): Record<string, unknown> {
  const value = (name: string): string =>
    texts.value(name, textOf(options, name, `{{ template "wechat.default.${name}" . }}`));
  const text = texts.prose('message', textOf(options, 'message', '{{ template "wechat.default.message" . }}'));
  const content = { content: cutBytes(text, MAX_BYTES) };
  const isMarkdown = textOf(options, 'message_type') === 'markdown';
  const to = {
    touser: value('to_user'),
    toparty: value('to_party'),
    totag: value('to_tag'),
    agentid: value('agent_id'),
  };
  return {
    text: isMarkdown ? { content: '' } : content,
    ...Object.fromEntries(Object.entries(to).filter(([, one]) => one !== '')),
    safe: '0',
    msgtype: isMarkdown ? 'markdown' : 'text',
    markdown: isMarkdown ? content : { content: '' },
  };
}

class Tokens {
  readonly #options: Options;
  readonly #around: Around;
  #token = '';
  #goodUntil = 0;

  constructor(options: Options, around: Around) {
    this.#options = options;
    this.#around = around;
  }

  async get(texts: MessageTexts, key: string, signal: AbortSignal): Promise<string> {
    const now = (this.#around.now ?? Date.now)();
    if (this.#token !== '' && this.#goodUntil > now) return this.#token;
    const secret = texts.value('api_secret', await secretOf(this.#options, 'api_secret', this.#around));
    const id = texts.value('corp_id', textOf(this.#options, 'corp_id'));
    const query = new URLSearchParams({ corpid: id, corpsecret: secret });
    const answer = await this.#around.http.ask(
      { address: `${base(this.#options)}gettoken?${query}`, method: 'GET', secrets: [secret] },
      key,
      signal,
    );
    const token = jsonOf(answer)['access_token'];
    if (typeof token !== 'string' || token === '')
      throw new Refused({ ok: false, scope: 'message', isFinal: true, reason: 'api_secret and corp_id give no token' });
    this.#token = token;
    this.#goodUntil = now + TOKEN_LIFE_MS;
    return token;
  }

  forget(): void {
    this.#token = '';
  }
}

function jsonOf(answer: string): Record<string, unknown> {
  try {
    const told: unknown = JSON.parse(answer);
    if (isFields(told)) return told;
  } catch {
    // Told below.
  }
  throw new Refused({ ok: false, scope: 'place', reason: 'the answer is no JSON object' });
}
