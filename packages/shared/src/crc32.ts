const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/**
 * CRC-32 of ASCII text (ISO 3309, as zlib and Python's `zlib.crc32` compute it), as 8 lower-case hex digits.
 * It finds accidents, not attacks. A character above 0x7f is a RangeError: its bytes would depend on an encoding.
 */
export function crc32Hex(ascii: string): string {
  let crc = 0xffffffff;
  for (let at = 0; at < ascii.length; at += 1) {
    const code = ascii.charCodeAt(at);
    if (code > 0x7f) throw new RangeError(`crc32Hex takes ASCII only, and character ${at} is not.`);
    crc = (crc >>> 8) ^ (TABLE[(crc ^ code) & 0xff] ?? 0);
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
