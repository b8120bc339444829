import { createCompiledExecutor } from './compiled-executor.ts';
import { createInterpreter } from './executor.ts';

/** What makes each executor, by its name in the configuration. */
export const executors = { compiled: createCompiledExecutor, interpreted: createInterpreter } as const;
