import { isoTime } from '../base/time/iso.ts';
import type { SilencesApi, SilenceView } from '../core/api/silences.ts';
import type { Instance } from './instances/instance.ts';
import { stateOf } from './instances/view.ts';
import type { Rule } from './rules/rule.ts';
import { readSilenceRequest } from './silence-requests.ts';
import { labelsOfId } from './silencing/link-token.ts';
import { type Labels, type Matcher, matchersText } from './silencing/matcher.ts';
import { type Silence, silenceState } from './silencing/silence.ts';
import type { UserSilences } from './user-silences.ts';

/** Silences over HTTP. */
export function silencesApi(
  silences: UserSilences,
  deps: { readonly rules: () => readonly Rule[]; readonly instances: () => Promise<readonly Instance[]> },
  now: () => number = Date.now,
): SilencesApi {
  const view = (silence: Silence): SilenceView => silenceView(silence, now());
  /** Of a group of alerts. */
  const labelsOf = (token: string): Labels | undefined => {
    const id = silences.instanceOf(token);
    return id === undefined ? undefined : labelsOfId(id);
  };
  const instanceOf = async (token: string): Promise<Instance | undefined> => {
    const id = silences.instanceOf(token);
    return id === undefined ? undefined : (await deps.instances()).find(one => one.id === id);
  };
  return {
    list: async state =>
      silences.store
        .list()
        .map(view)
        .filter(one => state === undefined || one.state === state)
        .sort((a, b) => b.updated_at.localeCompare(a.updated_at)),
    get: async id => {
      const silence = silences.store.get(id);
      return silence && view(silence);
    },
    add: async (request, author) => view(await silences.add(readSilenceRequest(request, author, deps.rules(), now()))),
    expire: async id => view(await silences.expire(id)),
    offer: async token => {
      const labels = labelsOf(token);
      if (labels !== undefined) {
        const text = matchersText(matchersFor(labels));
        const state = silences.store.silencing(labels, now()).length > 0 ? 'suppressed' : 'firing';
        return { rule: labels['alertname'] ?? text, text, title: text, state };
      }
      const instance = await instanceOf(token);
      if (instance === undefined) return undefined;
      const state = stateOf(instance, silences.store.silencing(instance.labels, now()));
      const title = instance.annotations['title'] ?? instance.rule;
      return { rule: instance.rule, text: matchersText(matchersOf(instance)), title, state };
    },
    accept: async (token, { duration, created_by, comment }) => {
      const labels = labelsOf(token);
      const instance = labels === undefined ? await instanceOf(token) : undefined;
      if (labels === undefined && instance === undefined) return undefined;
      const matchers = labels === undefined ? matchersOf(instance!) : matchersFor(labels);
      const wanted = { matchers, duration, created_by, comment };
      return view(await silences.add(readSilenceRequest(wanted, BY_LINK, deps.rules(), now())));
    },
  };
}

/** Whoever has the message can silence it; not everybody says who that is. */
const BY_LINK = 'somebody with the link';

/** The rule and the key, and not what else the rule says of it: that may be edited. */
function matchersOf({ rule, keyLabels }: Instance): Matcher[] {
  return matchersFor({ alertname: rule, ...keyLabels });
}

function matchersFor(labels: Labels): Matcher[] {
  return Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

function silenceView(silence: Silence, now: number): SilenceView {
  const { id, matchers, startsAt, endsAt, updatedAt, createdBy, comment } = silence;
  return {
    id,
    state: silenceState(silence, now),
    matchers,
    text: matchersText(matchers),
    starts_at: isoTime(startsAt),
    ends_at: isoTime(endsAt),
    updated_at: isoTime(updatedAt),
    created_by: createdBy,
    comment,
  };
}
