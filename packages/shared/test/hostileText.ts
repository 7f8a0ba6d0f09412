import fc from 'fast-check';

const ESC = '\u001b';

/** Strings rich in what hostile text is made of. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        ESC,
        `${ESC}[31m`,
        `${ESC}]0;title\u0007`,
        `${ESC}]8;;http://x${ESC}\\`,
        `${ESC}P1;2q`,
        '\u009b1A',
        '\u009d0;x',
        '\u009c',
        '\u202e',
        '\u2066',
        '\u200f',
        '\ud83d',
        '\ude00',
        '😀',
        '\n',
        '\r',
        '\0',
        '\u0085',
        '\u2028',
        '\ufeff',
        ' ',
        'COMPLETE',
        'COMP',
        'LETE',
        'word',
      ),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));
