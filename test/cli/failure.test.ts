import { describe, expect, test } from '@jest/globals';
import { describeFailure } from '../../src/cli/failure.ts';
import { InterruptedError } from '../../src/cli/interrupted-error.ts';
import { BlockedError, ChoiceUnknownError, DeclarationError, OperationError, UsageError } from '../../src/errors.ts';

describe('describeFailure', () => {
  test.each([
    [new UsageError('x'), 2, 'USAGE_ERROR'],
    [new OperationError('x'), 1, 'OPERATION_FAILED'],
    [new DeclarationError('x'), 1, 'DECLARATION_ERROR'],
    [new ChoiceUnknownError('x'), 1, 'CHOICE_UNKNOWN'],
    [new InterruptedError('choices migrate'), 130, 'INTERRUPTED'],
    [new TypeError('x'), 1, 'INTERNAL_ERROR'],
    ['x', 1, 'INTERNAL_ERROR'],
  ])('%p exits %d with the code %s', (error, exitCode, code) => {
    const failure = describeFailure(error, false);
    expect(failure.exitCode).toBe(exitCode);
    expect(failure.document).toMatchObject({ ok: false, error: { code }, blockers: [] });
  });

  test('a gate answers with its blockers, as data and as lines', () => {
    const blockers = [{ code: 'NOT_POPULATED', message: 'run choices populate', field: 'Lead.industry', tenant: 'acme' }];
    const failure = describeFailure(new BlockedError(blockers), false);
    expect(failure.exitCode).toBe(3);
    expect(failure.document.blockers).toEqual(blockers);
    expect(failure.text).toBe('Blocked:\n  NOT_POPULATED: run choices populate');
  });

  test('a message cannot hide or command what a legacy value brought along, and keeps its lines', () => {
    expect(describeFailure(new UsageError('line one\nthe value "te\u001b[2Jch\u00a0" of Zoé'), false).text).toBe(
      'error: line one\nthe value "te\\u001b[2Jch\\u00a0" of Zoé',
    );
  });

  test('data that lets a program react goes along', () => {
    expect(describeFailure(new ChoiceUnknownError('x', { allowed: ['tech'] }), false).document.error.data).toEqual({ allowed: ['tech'] });
  });

  test('a fault of the program says how to see its stack, and shows it with those of its causes when asked', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    expect(describeFailure(error, false).text).toBe(
      'error: outer\nThis is a fault of the program: LOG_LEVEL=debug shows where it happened.',
    );
    expect(describeFailure(error, true).text).toMatch(/Error: outer\n {4}at [^]*caused by: Error: inner\n {4}at /);
  });

  test('no password of a connection URL gets out', () => {
    const error = new Error('cannot use postgres://owner:p@ss@localhost/crm or postgres:///crm?user=x&password=p@ss', {
      cause: new Error('postgresql://o:p@ss@h/d'),
    });
    expect(describeFailure(error, true).text).not.toContain('ss@');
    expect(describeFailure(error, true).text).not.toContain('p@ss');
    expect(describeFailure(error, false).document.error.message).toContain('postgres://owner:…@localhost/crm');
  });
});
