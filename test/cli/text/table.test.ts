import { describe, expect, test } from '@jest/globals';
import { formatTable } from '../../../src/cli/text/table.ts';

describe('formatTable', () => {
  test('aligns texts to the left and figures to the right, without blanks at the end', () => {
    const lines = formatTable(
      [{ header: 'value' }, { header: 'rows', align: 'right' }, { header: 'like' }],
      [
        ['telecom', '7', ''],
        ['x', '12345', 'tech'],
      ],
    );
    expect(lines).toEqual(['value     rows  like', 'telecom      7', 'x        12345  tech']);
  });

  test('counts wide, combined and joined characters as a terminal shows them', () => {
    const [, wide, combined, plain] = formatTable(
      [{ header: '' }, { header: '' }],
      [
        ['日本', '|'],
        ['e\u0301e\u0301ee', '|'],
        ['abcd', '|'],
      ],
    );
    expect([wide, combined, plain]).toEqual(['日本  |', 'e\u0301e\u0301ee  |', 'abcd  |']);
  });
});
