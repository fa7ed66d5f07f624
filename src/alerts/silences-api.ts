import { isoTime } from '../base/time/iso.ts';
import type { SilencesApi, SilenceView } from '../core/api/silences.ts';
import type { Rule } from './rules/rule.ts';
import { readSilenceRequest } from './silence-requests.ts';
import { matchersText } from './silencing/matcher.ts';
import { type Silence, silenceState } from './silencing/silence.ts';
import type { UserSilences } from './user-silences.ts';

/** Silences over HTTP. */
export function silencesApi(
  silences: UserSilences,
  rules: () => readonly Rule[],
  now: () => number = Date.now,
): SilencesApi {
  const view = (silence: Silence): SilenceView => silenceView(silence, now());
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
    add: async (request, author) => view(await silences.add(readSilenceRequest(request, author, rules(), now()))),
    expire: async id => view(await silences.expire(id)),
  };
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
