/** True for an IPv4 address in four decimal parts or any IPv6 spelling (with zone id). */
export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every(part => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

export function isIpv6(text: string): boolean {
  if (text.length > 60 || !text.includes(':')) return false;
  const zone = text.indexOf('%');
  const address = zone < 0 ? text : text.slice(0, zone);
  const halves = address.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (let h = 0; h < halves.length; h++) {
    const half = halves[h]!;
    if (half === '') continue;
    const parts = half.split(':');
    for (let i = 0; i < parts.length; i++) {
      const isLast = h === halves.length - 1 && i === parts.length - 1;
      if (isLast && parts[i]!.includes('.')) {
        if (!isIpv4(parts[i]!)) return false;
        groups += 2;
      } else if (/^[0-9a-fA-F]{1,4}$/.test(parts[i]!)) groups++;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/**
 * The 4 or 16 bytes of an address, in network order; undefined when the text is none. An IPv4 address that is written as
 * IPv6 (`::ffff:1.2.3.4`) has 4, as in Java. A zone is left out.
 */
export function ipBytes(text: string): Uint8Array | undefined {
  if (isIpv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIpv6(text)) return undefined;
  const zone = text.indexOf('%');
  const [head = '', tail] = (zone < 0 ? text : text.slice(0, zone)).split('::');
  const first = groupBytes(head);
  const last = tail === undefined ? [] : groupBytes(tail);
  const bytes = Uint8Array.from([...first, ...new Array<number>(16 - first.length - last.length).fill(0), ...last]);
  const isMapped = bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every(byte => byte === 0);
  return isMapped ? bytes.slice(12) : bytes;
}

function groupBytes(half: string): number[] {
  if (half === '') return [];
  return half.split(':').flatMap(group => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
