/** How many bytes the text takes in UTF-8; a lone surrogate takes the 3 of the replacement character. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const point of text) bytes += pointBytes(point);
  return bytes;
}

/** The longest beginning of the text, in whole code points, that takes at most `maxBytes` in UTF-8. */
export function utf8Head(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const point of text) {
    bytes += pointBytes(point);
    if (bytes > maxBytes) return text.slice(0, end);
    end += point.length;
  }
  return text;
}

/** The longest end of the text, in whole code points, that takes at most `maxBytes` in UTF-8. */
export function utf8Tail(text: string, maxBytes: number): string {
  let bytes = 0;
  let start = text.length;
  while (start > 0) {
    const isPair = (text.codePointAt(start - 2) ?? 0) > 0xffff;
    const next = start - (isPair ? 2 : 1);
    bytes += pointBytes(text.slice(next, start));
    if (bytes > maxBytes) break;
    start = next;
  }
  return text.slice(start);
}

function pointBytes(point: string): number {
  const code = point.codePointAt(0) ?? 0;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
