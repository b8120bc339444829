import { Field } from 'type-graphql';
import type { ChoiceField } from '../choice-field.ts';
import { ChoiceFilter, ChoiceRefInput } from '../graphql/choice-inputs.ts';
import { describeField } from './graphql-output.ts';
import type { ObjectClass } from './graphql-type.ts';

/** Adds `industry` and `industryRef` of each field to a create or update input. All are nullable: what is required is checked at run time. */
export function addInputFields(input: ObjectClass, fields: readonly ChoiceField[]): void {
  for (const field of fields) {
    Field(() => String, { nullable: true, description: `Key of the ${describeField(field)}. Null clears it.` })(
      input.prototype,
      field.legacy,
    );
    Field(() => ChoiceRefInput, {
      nullable: true,
      description: `The ${describeField(field)}. Null clears it; on a record that answers null already it changes nothing.`,
    })(input.prototype, field.ref);
  }
}

/** Adds `industry` and `industryRef` of each field to a filter. */
export function addFilterFields(filter: ObjectClass, fields: readonly ChoiceField[]): void {
  for (const field of fields) {
    Field(() => String, { nullable: true, description: `Records that answer exactly this ${describeField(field)}.` })(
      filter.prototype,
      field.legacy,
    );
    Field(() => ChoiceFilter, { nullable: true, description: `Records by their ${describeField(field)}.` })(filter.prototype, field.ref);
  }
}
