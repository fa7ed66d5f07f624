/** What the tag of Docker's driver (`--log-opt tag`) says of a container. */
export interface TaggedContainer {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly image: string | undefined;
}

const known = new Map<string, TaggedContainer | undefined>();
const MAX_TAGS = 1024;

/**
 * Reads `{{.ID}}` (the default), `{{.FullID}}`, `{{.Name}}/{{.ID}}`, `{{.ImageName}}/{{.Name}}/{{.ID}}` and their like, with
 * `docker/` or `docker.` in front or not. Undefined for a tag without an id, which may be any program's; `isDocker`: the sender
 * is known to be Docker's driver, so its last part is the name.
 */
export function containerOfTag(tag: string, isDocker: boolean): TaggedContainer | undefined {
  const key = isDocker ? `d${tag}` : tag;
  if (known.has(key)) return known.get(key);
  const container = read(tag, isDocker);
  if (tag.length <= 300) {
    if (known.size >= MAX_TAGS) known.clear();
    known.set(key, container);
  }
  return container;
}

function read(tag: string, isDocker: boolean): TaggedContainer | undefined {
  const ending = ID.exec(tag);
  if (ending === null && !isDocker) return undefined;
  const rest = (ending === null ? tag : tag.slice(0, ending.index)).replace(/^docker[./]/, '').replace(/^\//, '');
  const slash = rest.lastIndexOf('/');
  const name = rest.slice(slash + 1);
  const image = slash > 0 ? rest.slice(0, slash) : '';
  return { id: ending?.[1], name: name === '' ? undefined : name, image: image === '' ? undefined : image };
}

const ID = /(?:^|[/.:|_-])([0-9a-f]{64}|[0-9a-f]{12})$/;
