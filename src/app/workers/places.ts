/** Who joins the records of a place, as `name` sees it: undefined is itself. All processes of one start agree. */
export function ownerAmong(workers: readonly string[], name: string): (place: string) => string | undefined {
  return place => {
    const owner = workers[hashOf(place) % workers.length]!;
    return owner === name ? undefined : owner;
  };
}

/** FNV-1a over the code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The low bits of FNV-1a follow the last characters closely.
  return (hash ^ (hash >>> 15)) >>> 0;
}
