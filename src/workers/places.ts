/** Who joins the records of a place. All processes of one start agree. */
export function ownerAmong(workers: readonly string[]): (place: string) => string {
  return place => workers[hashOf(place) % workers.length]!;
}

/** FNV-1a over the code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The low bits of FNV-1a follow the last characters closely.
  return (hash ^ (hash >>> 15)) >>> 0;
}
