import type { GraphQLSchema } from 'graphql';
import { diffSchemas } from '../diff/diff-schemas.ts';
import type { SchemaChange } from '../diff/schema-change.ts';
import type { Finding } from './finding.ts';
import { findTypesWithout } from './find-types-without.ts';

type JudgedChange = Pick<Finding, 'judgement' | 'kind' | 'coordinate' | 'message'>;

/** Why a member that was deprecated may not go yet, as a sentence; undefined where it may. */
export type ExamineRemoval = (removal: SchemaChange & { readonly deprecationReason: string }) => string | undefined;

/**
 * Every change between two schemas with what becomes of it. Of what breaks operations only the removal of a deprecated member can
 * pass, by its exact coordinate, and that of a type which nothing but such members led to.
 */
export function judgeChanges(older: GraphQLSchema, newer: GraphQLSchema, examine: ExamineRemoval): JudgedChange[] {
  const changes = diffSchemas(older, newer);
  const objections = new Map<SchemaChange, string | undefined>(
    changes.filter(isRemovalOfDeprecated).map((change) => [change, examine(change)]),
  );
  const passed = [...objections].filter(([, objection]) => objection === undefined).map(([{ coordinate }]) => coordinate);
  const left = findTypesWithout(older, new Set(passed));

  return changes.map((change): JudgedChange => {
    const { severity, kind, coordinate, message } = change;
    if (severity !== 'breaking') return { judgement: severity, kind, coordinate, message };
    if (kind === 'TYPE_REMOVED' && !left.has(coordinate))
      return { judgement: 'announced', kind, coordinate, message: `${message} Only what was announced to go led to it.` };
    if (!objections.has(change)) return { judgement: 'refused', kind, coordinate, message };
    const objection = objections.get(change);
    return objection === undefined
      ? { judgement: 'announced', kind, coordinate, message }
      : { judgement: 'refused', kind, coordinate, message: `${endSentence(message)} ${objection}` };
  });
}

function isRemovalOfDeprecated(change: SchemaChange): change is SchemaChange & { deprecationReason: string } {
  return change.severity === 'breaking' && change.deprecationReason !== undefined;
}

/** A reason, which is somebody else's, may end a message in any way. */
function endSentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
