import { describeProblems, type ProblemList, type RowProblem } from '../../csv/row-problem.ts';
import { BadUserInputError } from '../../errors.ts';

/** What is wrong with a row of a sheet: a fault of the file, or what an edit was refused for, by the API's code and with its data. */
export interface SheetProblem extends RowProblem {
  readonly data?: Readonly<Record<string, unknown>>;
}

/**
 * A sheet that was refused because of what it holds. Nothing of it was kept. `data`: `problems`, the first of them,
 * their `total`, and the name of the file as `path`.
 */
export class ChoiceSheetError extends BadUserInputError {
  constructor(file: string, list: ProblemList<SheetProblem>) {
    const problems = list.first();
    super(describeProblems(file, { problems, total: list.total }), { path: file, problems, total: list.total });
  }
}
