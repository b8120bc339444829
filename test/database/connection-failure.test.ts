import { describe, expect, test } from '@jest/globals';
import { describeConnectionFailure } from '../../src/database/connection-failure.ts';

const URL = 'postgres://owner:s3cret@db.example.com:6543/crm';
const PLACE = 'no connection to PostgreSQL at host db.example.com, port 6543, database crm, user owner: ';

describe('describeConnectionFailure', () => {
  test.each([
    [withCode('connect ECONNREFUSED', 'ECONNREFUSED'), 'nobody listens there'],
    [new AggregateError([withCode('', 'ECONNREFUSED'), withCode('', 'ECONNREFUSED')]), 'nobody listens there'],
    [withCode('getaddrinfo ENOTFOUND', 'ENOTFOUND'), 'the host name is unknown'],
    [withCode('password authentication failed for user "owner"', '28P01'), 'the password is wrong, or the user does not exist'],
    [withCode('database "crm" does not exist', '3D000'), 'the database does not exist'],
    [withCode('permission denied for database "crm"', '42501'), 'the user may not connect to the database'],
    [withCode('sorry, too many clients already', '53300'), 'the server has no connection left'],
    [new Error('timeout exceeded when trying to connect'), 'no answer in time'],
    [new Error('Connection terminated unexpectedly'), 'the connection was cut'],
    [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), 'the server wants a password, and the URL has none'],
  ])('says where and as whom, and why: %p', (error, reason) => {
    const described = describeConnectionFailure(error, URL);
    expect(described?.message).toBe(PLACE + reason);
    expect(described?.cause).toBe(error);
  });

  test('never repeats the password', () => {
    expect(describeConnectionFailure(withCode('', 'ECONNREFUSED'), URL)?.message).not.toContain('s3cret');
  });

  test.each([
    new Error('driver has already been destroyed'),
    withCode('permission denied for table lead', '42501'),
    withCode("ENOENT: no such file or directory, open 'leads.csv'", 'ENOENT'),
    withCode('duplicate key value', '23505'),
    'a string',
    undefined,
  ])('leaves another error alone: %p', (error) => {
    expect(describeConnectionFailure(error, URL)).toBeUndefined();
  });
});

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
