import type { Sql } from '../../../database/owner-database.ts';
import type { RunExecutor } from '../../runs/run-executor.ts';
import type { Workplace } from '../../runs/workplace.ts';

/** What operators' queries and mutations work with. */
export interface ChoiceOperations {
  /** The database as its owner sees it, for what is answered at once. */
  readonly db: Sql;
  /** For what an answer may have to wait for. */
  readonly workplace: Workplace;
  /** The runs of this server. */
  readonly runs: Pick<RunExecutor, 'start'>;
}
