import { Kind } from 'graphql';
import type { DocumentNode, SelectionSetNode } from 'graphql';

/** Whether all that is selected is about the schema itself. Of a valid document: its fragments exist and do not contain themselves. */
export function selectsOnlyIntrospection(selectionSet: SelectionSetNode, document: DocumentNode): boolean {
  return selectionSet.selections.every((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__');
    if (selection.kind === Kind.INLINE_FRAGMENT) return selectsOnlyIntrospection(selection.selectionSet, document);
    return document.definitions.some(
      (definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION &&
        definition.name.value === selection.name.value &&
        selectsOnlyIntrospection(definition.selectionSet, document),
    );
  });
}
