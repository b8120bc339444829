import type { Sql } from '../../../database/owner-database.ts';
import { requireTenant } from '../../../tenancy/access.ts';
import { checkReason } from '../../check-reason.ts';
import type { ChoiceType } from '../../choice-field.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ChoiceEdit } from '../../manage/choice-edit.ts';
import { editChoices } from '../../manage/edit-choices.ts';
import type { MergeContext } from '../../manage/merge/merge-context.ts';
import { retryConflicts } from '../../migrate/retry-conflicts.ts';
import type { ChoiceContext } from '../choice-context.ts';

/** What an edit is recorded with, as the mutation was given it. */
export interface EditReason {
  /** The mutation. */
  readonly operation: string;
  readonly reason?: string | null | undefined;
}

/** Edits choices of one type for a request, which sees what came of it. @throws ForbiddenError without the role choice-admin. */
export async function edit<Result>(
  context: ChoiceContext,
  registry: ChoiceRegistry,
  type: ChoiceType,
  { operation, reason }: EditReason,
  work: (edit: ChoiceEdit) => Promise<Result>,
): Promise<Result> {
  const { tenant, session, rules } = requireTenant(context, 'choice-admin');
  const place = {
    write: <Written>(write: (transaction: Sql) => Promise<Written>) => session.write(({ sql }) => write(sql)),
    follow: <Followed>(follow: (db: Sql) => Promise<Followed>) => context.stepAside(() => context.operations.workplace.work('map', follow)),
  };
  const change = { actor: context.principal!.subject, operation, request: context.requestId, reason: checkReason(reason) };
  return forgetting(context, () => editChoices(place, { registry, tenant, type, rules }, change, work));
}

/** Does what has a transaction of its own: merges choices, or undoes it. */
export async function merge<Result>(
  context: ChoiceContext,
  registry: ChoiceRegistry,
  work: (transaction: Sql, context: MergeContext) => Promise<Result>,
): Promise<Result> {
  const { tenant, session, rules } = requireTenant(context, 'choice-admin');
  const mergeContext: MergeContext = { registry, tenant, rules, actor: context.principal!.subject, request: context.requestId };
  const transact = () => session.write(({ sql }) => work(sql, mergeContext));
  return forgetting(context, () => retryConflicts(transact));
}

/** What the request has read of choices and records may have changed. */
async function forgetting<Result>(context: ChoiceContext, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    requireTenant(context).forget();
  }
}
