import type { EventMeta, Fields } from '../core/event.ts';
import { imageOfTag } from '../core/schema/image-of-tag.ts';
import { compileGlob, type GlobMatcher } from './glob.ts';

/**
 * How globs see the image `registry:5000/team/nginx:1.29@sha256:...`:
 *
 * - a glob without a slash is compared with the last part, without version and digest: `nginx`. Owners are no programs: `apache*`
 *   takes bitnami/apache and not apache/kafka;
 * - one with a colon but no slash (`nginx:1.*`) with the last part and its version;
 * - one with a slash (`team/*`, `registry:5000/*`) with the whole name, also without its registry and without its version.
 */
export function compileImageGlob(glob: string): GlobMatcher {
  const matcher = compileGlob(glob);
  if (glob.includes('/')) return image => namesOf(image).long.some(matcher);
  if (glob.includes(':') || glob.includes('@')) return image => matcher(namesOf(image).tagged) || matcher(image);
  return image => matcher(namesOf(image).short);
}

/** The image that chooses a pipeline: the record's, else what the tag names. */
export function imageOf(event: Fields, meta: EventMeta): string | undefined {
  const own = event['image'];
  if (own !== undefined) return typeof own === 'string' ? own : undefined;
  const { tag } = meta;
  const name = event['container_name'];
  const id = event['container_id'];
  if (tag !== asked.tag || name !== asked.name || id !== asked.id) {
    asked = { tag, name, id, image: imageOfTag(tag, name, id) };
  }
  return asked.image;
}

// Each choice of each pipeline asks for the same event's.
let asked: { tag: string; name: unknown; id: unknown; image: string | undefined } = {
  tag: '',
  name: undefined,
  id: undefined,
  image: undefined,
};

interface Names {
  readonly image: string;
  readonly short: string;
  readonly tagged: string;
  readonly long: readonly string[];
}

let last: Names = { image: '', short: '', tagged: '', long: [''] };

function namesOf(image: string): Names {
  if (image === last.image) return last;
  const at = image.indexOf('@');
  const whole = at < 0 ? image : image.slice(0, at);
  const slash = whole.lastIndexOf('/');
  const tagged = whole.slice(slash + 1);
  const colon = tagged.indexOf(':');
  const short = colon < 0 ? tagged : tagged.slice(0, colon);
  const bare = whole.slice(0, slash + 1) + short;
  const first = whole.indexOf('/');
  const hasRegistry = first > 0 && /[.:]|^localhost$/.test(whole.slice(0, first));
  const long = [image, whole, bare];
  if (hasRegistry) long.push(whole.slice(first + 1), bare.slice(first + 1));
  last = { image, short, tagged, long };
  return last;
}
