import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Phase } from '../../src/choice/migrate/phase.ts';
import { startTestApi, type TestApi } from './test-api.ts';
import { createTestCrm, type TestCrm } from './test-crm.ts';

/** A CRM with tenants, and a server on it. */
export interface ServedCrm {
  readonly crm: TestCrm;
  readonly api: TestApi;
}

/** Registers the hooks that make both for the tests of a file or block, and close them. A server that logged anything is a failure. */
export function useServedCrm(phase: Phase): ServedCrm {
  let crm: TestCrm;
  let api: TestApi;
  beforeAll(async () => {
    crm = await createTestCrm({ phase });
    api = await startTestApi(crm);
  });
  afterAll(async () => {
    await api.close();
    await crm.close();
    expect(api.log).toEqual([]);
  });
  return {
    get crm() {
      return crm;
    },
    get api() {
      return api;
    },
  };
}
