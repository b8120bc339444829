import { Arg, Ctx, Field, ID, Int, Query, Resolver } from 'type-graphql';
import { BadUserInputError } from '../../../errors.ts';
import { requireTenant } from '../../../tenancy/access.ts';
import { countHistory, type HistoryScope, readHistory } from '../../audit/read-history.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ObjectClass } from '../../derive/graphql-type.ts';
import type { ChoiceContext } from '../choice-context.ts';
import type { ChoiceEnums } from '../choice-enums.ts';
import { connect, type Connection, createConnectionType } from '../connection-type.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { pageSize } from '../page-size.ts';
import { ChoiceChangeType } from './choice-change.type.ts';
import { describeChangeEntry } from './describe-change-entry.ts';

const ORDER = 'choiceHistory';

/** Declares `choiceHistory` for a registry. */
export function createHistoryResolvers(registry: ChoiceRegistry, { types: typeEnum, fields: fieldEnum }: ChoiceEnums): ObjectClass[] {
  Field(() => fieldEnum, { nullable: true, description: 'The choice field that a phase or an acceptance is of.' })(
    ChoiceChangeType.prototype,
    'field',
  );
  const { connection, resolver } = createConnectionType('ChoiceChange', ChoiceChangeType, {
    one: 'change',
    cursor: 'what `after` takes',
    count: 'How many changes there are in all.',
  });

  @Resolver()
  class HistoryResolver {
    @Query(() => connection, {
      description:
        "What was changed of the tenant's choices of a kind, newest first: choices, aliases, and the phases and acceptances of the fields that have such a choice.",
    })
    async choiceHistory(
      @Arg('type', () => typeEnum, { description: 'Which kind.' }) typeName: string,
      @Arg('id', () => ID, { nullable: true, description: 'Only what was changed of the choice with this id, and of its aliases.' })
      id: string | null | undefined,
      @Arg('first', () => Int, { nullable: true, description: 'How many: at most 500; 20 if it is not given.' })
      first: number | null | undefined,
      @Arg('after', () => String, { nullable: true, description: 'Only what comes after this cursor.' }) after: string | null | undefined,
      @Ctx() context: ChoiceContext,
    ): Promise<Connection<ReturnType<typeof describeChangeEntry>>> {
      const { session, rows } = requireTenant(context);
      const size = pageSize({ first });
      rows.take(size);
      const type = registry.types.find((candidate) => candidate.enumValue === typeName)!;
      const scope: HistoryScope = { registry, tenantId: session.tenantId, type, choiceId: id ?? undefined };
      const found = await readHistory(session.read, scope, { before: readCursor(after, session.tenantId), limit: size + 1 });
      const page = {
        nodes: found.slice(0, size).map((entry) => describeChangeEntry(registry, entry)),
        cursorAt: (index: number) => encodeCursor(ORDER, { values: [found[index]!.sequence], id: session.tenantId }),
        hasNextPage: found.length > size,
        hasPreviousPage: typeof after === 'string',
      };
      return connect(page, () => countHistory(session.read, scope));
    }
  }
  return [HistoryResolver, resolver];
}

/** The number of the entry that a page comes after. A cursor is of one tenant's chain. */
function readCursor(cursor: string | null | undefined, tenantId: string): string | undefined {
  if (typeof cursor !== 'string') return undefined;
  const { values, id } = decodeCursor('after', cursor, ORDER, 1);
  if (id !== tenantId || !/^\d{1,18}$/.test(values[0]!))
    throw new BadUserInputError('after: expected a cursor of an earlier page, got another value');
  return values[0]!;
}
