import { executors } from '../../src/execution/executors.ts';
import { loadConfig } from '../../src/config.ts';

/** The executor that servers of tests get: `EXECUTOR=interpreted npm test` runs all of them on the other one. */
export const { executor: testedExecutor } = loadConfig({ EXECUTOR: process.env.EXECUTOR });
export const createTestedExecutor = executors[testedExecutor];
