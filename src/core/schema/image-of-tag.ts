interface NamedImage {
  readonly tag: string;
  readonly name: unknown;
  readonly image: string | undefined;
}
const imagesOfContainers = new Map<string, NamedImage>();
const MAX_CONTAINERS = 1024;

/**
 * The image that a tag `docker.{{.ImageName}}` names, with the container's name or id behind it or not; undefined when the
 * tag has another form or only names the container. What stands there may be anything that somebody wrote (`docker.app`):
 * it is good for choosing a pipeline; `isSurelyImage` tells whether it is worth storing. Remembered for each container.
 */
export function imageOfTag(tag: string, name: unknown, id: unknown): string | undefined {
  if (!tag.startsWith('docker.')) return undefined;
  if (typeof id !== 'string') return readTag(tag, name, id);
  const known = imagesOfContainers.get(id);
  if (known !== undefined && known.tag === tag && known.name === name) return known.image;
  const image = readTag(tag, name, id);
  if (id.length > 256 || tag.length > 256 || (typeof name === 'string' && name.length > 256)) return image;
  if (typeof name === 'object') return image;
  if (imagesOfContainers.size >= MAX_CONTAINERS) imagesOfContainers.clear();
  imagesOfContainers.set(id, { tag, name, image });
  return image;
}

/** True for a name with a registry, an owner, a version or a digest: nothing but an image is written like that. */
export function isSurelyImage(name: string): boolean {
  return /[/:@]/.test(name);
}

function readTag(tag: string, name: unknown, id: unknown): string | undefined {
  let image = tag.slice(7);
  for (let i = 0; i < 2; i++) {
    // `docker.{{.Name}}`: the name of a copy (`shop-web-1`) is no image; `nginx` may be both.
    if (image === name && COPY.test(image)) return undefined;
    const cut = Math.max(image.lastIndexOf('.'), image.lastIndexOf('/'));
    const last = image.slice(cut + 1);
    if (last.length >= 12 && typeof id === 'string' && id.startsWith(last)) image = image.slice(0, Math.max(cut, 0));
    else if (typeof name === 'string' && name !== '' && (image.endsWith(`.${name}`) || image.endsWith(`/${name}`))) {
      image = image.slice(0, -name.length - 1);
    } else break;
  }
  return image === '' || HEX_ID.test(image) ? undefined : image;
}
const COPY = /[-_]\d{1,3}$/;
const HEX_ID = /^(?:[0-9a-f]{12}|[0-9a-f]{64})$/;
