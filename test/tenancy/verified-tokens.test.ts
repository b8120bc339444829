import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { createAuthenticator } from '../../src/tenancy/authentication.ts';

const secret = 'a secret of at least thirty-two characters';
const start = 1_800_000_000_000;
let at: number;
let authenticate: ReturnType<typeof createAuthenticator>;
let checked: jest.SpiedFunction<typeof crypto.subtle.verify>;
beforeEach(() => {
  at = start;
  authenticate = createAuthenticator({ key: { secret } }, () => at);
  checked = jest.spyOn(crypto.subtle, 'verify');
});
afterEach(() => checked.mockRestore());
const sign = (seconds: number) =>
  new SignJWT({ tenant: 'acme', roles: ['reader'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('ada')
    .setExpirationTime(start / 1_000 + seconds)
    .sign(new TextEncoder().encode(secret));

test('a token that is sent again has its signature checked once a minute', async () => {
  const header = `Bearer ${await sign(3_600)}`;
  const times = [];
  for (const after of [0, 1, 59_999, 60_000, 60_001, 119_999, 120_000]) {
    at = start + after;
    expect(await authenticate(header)).toMatchObject({ subject: 'ada', tenant: 'acme' });
    times.push(checked.mock.calls.length);
  }
  expect(times).toEqual([1, 1, 1, 2, 2, 2, 3]);
});

test('a token that is sent again expires to the second all the same', async () => {
  const header = `Bearer ${await sign(30)}`;
  at = start + 29_999;
  await authenticate(header);
  at = start + 30_000;
  await expect(authenticate(header)).rejects.toThrow(/^The token expired at /);
  at = start + 29_999;
  expect(await authenticate(header)).toMatchObject({ subject: 'ada' });
});

test('a token that is sent again is another one with another signature', async () => {
  const token = await sign(30);
  await authenticate(`Bearer ${token}`);
  const forged = `${token.slice(0, token.lastIndexOf('.') + 1)}${(await sign(31)).split('.')[2]!}`;
  await expect(authenticate(`Bearer ${forged}`)).rejects.toThrow("The token's signature does not match.");
});

test('a token that is sent again is checked again where the clock went back', async () => {
  const header = `Bearer ${await sign(3_600)}`;
  await authenticate(header);
  at = start - 1;
  await authenticate(header);
  expect(checked).toHaveBeenCalledTimes(2);
});
