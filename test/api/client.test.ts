import { expect, test } from '@jest/globals';
import { readClient } from '../../src/api/client.ts';

/** As Node hands out the bytes of a header. */
const asHeader = (text: string) => Buffer.from(text).toString('latin1');
const read = (name: string, version?: string) =>
  readClient((header) => ({ 'x-graphql-client-name': name, 'x-graphql-client-version': version })[header]);

test.each([
  ['ASCII', 'web (beta) ~1', 'web (beta) ~1'],
  ['UTF-8', asHeader('Zürich'), 'Zürich'],
  ['UTF-8 with bytes that are controls by themselves', asHeader('Łódź 東京 😀'), 'Łódź 東京 😀'],
  ['ISO 8859-1, which is no UTF-8', 'Zürich', 'Zürich'],
  ['both, one after the other', `Zürich ${asHeader('ü')}`, `Zürich ${asHeader('ü')}`],
  ['UTF-8 that is cut off', asHeader('Zürich ü').slice(0, -1), asHeader('Zürich ü').slice(0, -1)],
  ['a control, in UTF-8', asHeader('web\u0085'), ''],
  ['100 characters, in more bytes', asHeader('ü'.repeat(100)), 'ü'.repeat(100)],
  ['101 characters', asHeader('ü'.repeat(101)), ''],
  ['text that was decoded already', '東京', '東京'],
])('the name of a client in %s', (_, header, name) => {
  expect(read(header, header)).toEqual({ client: name, clientVersion: name });
});

test('one family of headers names a client, and where none does, its version says nothing', () => {
  expect(readClient((header) => (header.endsWith('version') ? '1' : undefined))).toEqual({ client: '', clientVersion: '' });
  const headers: Record<string, string> = {
    'apollographql-client-name': ' ',
    'apollographql-client-version': '1',
    'x-graphql-client-name': 'web',
  };
  expect(readClient((header) => headers[header])).toEqual({ client: 'web', clientVersion: '' });
});
