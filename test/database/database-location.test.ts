import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { acquireDatabase } from '../../src/database/database-location.ts';
import { runAsSuperuser as connect } from '../harness/superuser.ts';

const OWNER = 'postgres://owner@db.example/crm';
const APP = 'postgres://app@db.example/crm';
const DIRECT = 'postgres://owner@direct.example/crm';

test.each([
  [{ DATABASE_URL: OWNER }, { ownerUrl: OWNER, appUrl: undefined, listenUrl: OWNER }],
  [
    { DATABASE_URL: OWNER, DATABASE_APP_URL: APP, DATABASE_LISTEN_URL: DIRECT },
    { ownerUrl: OWNER, appUrl: APP, listenUrl: DIRECT },
  ],
])('%o is a real server: nothing is started, nothing is stopped', async (env, expected) => {
  const location = await acquireDatabase(loadConfig({ ...env, DATA_DIR: '/no/such/directory' }), () => undefined);
  expect(location).toMatchObject({ ...expected, embedded: false });
  await location.release();
});

test('without DATABASE_URL it is the embedded server, until it is released', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'database-location-test-'));
  const messages: string[] = [];
  try {
    const location = await acquireDatabase(loadConfig({ DATA_DIR: dataDir }), (line) => messages.push(line));
    expect(location).toMatchObject({ embedded: true, appUrl: undefined, listenUrl: location.ownerUrl });
    await connect(location.ownerUrl, (client) => client.query('SELECT'));
    expect(messages).toEqual([`The embedded PostgreSQL 18 has been set up in ${path.join(dataDir, 'postgres')}`]);
    await location.release();
    await location.release();
    await expect(connect(location.ownerUrl, () => Promise.resolve())).rejects.toThrow(/ECONNREFUSED/);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
