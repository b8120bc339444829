import { GraphQLError, Kind } from 'graphql';
import type { ASTVisitor, ExecutableDefinitionNode, FragmentDefinitionNode, SelectionSetNode, ValidationContext } from 'graphql';
import { LimitExceededError } from '../errors.ts';
import { limits } from './limits.ts';

interface Size {
  readonly depth: number;
  readonly fields: number;
}

/** Validation rule: no operation, and no fragment, is deeper or larger than `limits` allows after its fragments are expanded. */
export function operationLimitsRule(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const measure = createMeasure(context);
      const errors = document.definitions.flatMap((definition) =>
        'selectionSet' in definition ? findExcess(definition, measure(definition.selectionSet)) : [],
      );
      if (errors.length === 0) return undefined;
      for (const error of errors) context.reportError(error);
      // What a visitor returns replaces the node for all of them. The other rules take time that grows faster than the document,
      // so they see an empty one instead of the one that is refused anyway.
      return { ...document, definitions: [] };
    },
  };
}

/** Measures what a selection set expands to. A fragment is measured once; one that contains itself counts once. */
function createMeasure(context: ValidationContext): (selectionSet: SelectionSetNode) => Size {
  const fragments = new Map<FragmentDefinitionNode, Size>();
  return measure;

  function measure(selectionSet: SelectionSetNode): Size {
    let depth = 0;
    let fields = 0;
    for (const selection of selectionSet.selections) {
      let size: Size;
      if (selection.kind === Kind.FIELD) {
        const inner = selection.selectionSet === undefined ? { depth: 0, fields: 0 } : measure(selection.selectionSet);
        size = { depth: inner.depth + 1, fields: inner.fields + 1 };
      } else if (selection.kind === Kind.INLINE_FRAGMENT) size = measure(selection.selectionSet);
      else size = measureFragment(context.getFragment(selection.name.value));
      depth = Math.max(depth, size.depth);
      fields = Math.min(fields + size.fields, Number.MAX_SAFE_INTEGER);
    }
    return { depth, fields };
  }

  function measureFragment(fragment: FragmentDefinitionNode | null | undefined): Size {
    if (fragment == null) return { depth: 0, fields: 0 };
    const known = fragments.get(fragment);
    if (known !== undefined) return known;
    fragments.set(fragment, { depth: 0, fields: 0 });
    const size = measure(fragment.selectionSet);
    fragments.set(fragment, size);
    return size;
  }
}

function findExcess(definition: ExecutableDefinitionNode, { depth, fields }: Size): GraphQLError[] {
  const kind = definition.kind === Kind.FRAGMENT_DEFINITION ? 'fragment' : definition.operation;
  const name = definition.name === undefined ? `The ${kind}` : `The ${kind} "${definition.name.value}"`;
  const errors: LimitExceededError[] = [];
  if (depth > limits.depth)
    errors.push(
      new LimitExceededError(`${name} nests fields ${depth} levels deep; at most ${limits.depth} are allowed.`, {
        limit: 'depth',
        maximum: limits.depth,
        actual: depth,
      }),
    );
  if (fields > limits.fields)
    errors.push(
      new LimitExceededError(`${name} selects ${fields} fields once its fragments are expanded; at most ${limits.fields} are allowed.`, {
        limit: 'fields',
        maximum: limits.fields,
        actual: fields,
      }),
    );
  return errors.map((error) => new GraphQLError(error.message, { originalError: error }));
}
