import { expect, test } from '@jest/globals';
import { runAsSuperuser } from './superuser.ts';
import { createTestDatabase } from './test-database.ts';

test('databases that are cloned at once are each of the template, apart from each other, and the owner is no superuser', async () => {
  const databases = await Promise.all(Array.from({ length: 5 }, () => createTestDatabase()));
  try {
    expect(new Set(databases.map(({ name }) => name)).size).toBe(5);
    for (const { ownerUrl, name } of databases) {
      const { rows } = await runAsSuperuser(ownerUrl, (client) =>
        client.query(`SELECT current_database() AS name, rolsuper, (SELECT count(*) FROM tenant)::int AS tenants
                        FROM pg_roles WHERE rolname = current_user`),
      );
      expect(rows).toEqual([{ name, rolsuper: false, tenants: 0 }]);
    }
  } finally {
    await Promise.all(databases.map((database) => database.drop()));
  }
});

test('a dropped database is gone, whoever was connected to it', async () => {
  const database = await createTestDatabase();
  await runAsSuperuser(database.superuserUrl, async (client) => {
    client.on('error', () => undefined);
    await database.drop();
  });
  await expect(runAsSuperuser(database.superuserUrl, () => Promise.resolve())).rejects.toMatchObject({ code: '3D000' });
});
