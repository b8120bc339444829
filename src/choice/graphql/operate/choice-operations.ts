import type { Sql } from '../../../database/owner-database.ts';
import type { RunExecutor } from '../../runs/run-executor.ts';

/** What operators' mutations work with: the database as its owner sees it, and the runs of this server. */
export interface ChoiceOperations {
  readonly db: Sql;
  readonly runs: Pick<RunExecutor, 'start'>;
}
