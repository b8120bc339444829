import { describe, expect, test } from '@jest/globals';
import { createJsonLogger, describeCauses } from '../../src/api/logger.ts';

describe('createJsonLogger', () => {
  test('writes one line of JSON per entry', () => {
    const lines: string[] = [];
    createJsonLogger('info', (line) => lines.push(line)).warn('two\nlines', { requestId: 'r' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(lines[0]!)).toEqual({ time: expect.stringMatching(/Z$/), level: 'warn', message: 'two\nlines', requestId: 'r' });
  });

  test.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const)('at level %s lets %i of the four levels through', (level, count) => {
    const lines: string[] = [];
    const logger = createJsonLogger(level, (line) => lines.push(line));
    for (const name of ['debug', 'info', 'warn', 'error'] as const) logger[name]('entry');
    expect(lines).toHaveLength(count);
  });
});

test('an error that is its own cause is described, too', () => {
  const error = new Error('round');
  error.cause = error;
  expect(() => JSON.stringify(describeCauses(error))).not.toThrow();
});
