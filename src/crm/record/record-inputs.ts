import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { addFilterFields } from '../../choice/derive/graphql-input.ts';
import { describeField } from '../../choice/derive/graphql-output.ts';
import type { ObjectClass } from '../../choice/derive/graphql-type.ts';
import { snakeCase } from '../../choice/choice-field.ts';
import { INPUT_SUFFIXES } from '../../choice/derive/lifecycle.ts';
import { listOrderFields } from './page-order.ts';
import type { RecordDefinition } from './record-definition.ts';

const OrderDirection = { ASC: 'ASC', DESC: 'DESC' } as const;
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Which way to order.',
  valuesConfig: { ASC: { description: 'Smallest, first or oldest first.' }, DESC: { description: 'Largest, last or newest first.' } },
});

/** Declares `LeadFilter`: search, references, and the choice fields. */
export function createFilterInput(record: RecordDefinition): ObjectClass {
  @InputType(INPUT_SUFFIXES.filter(record.name), {
    description: `Selects records of type ${record.name}. Conditions given together must all hold.`,
  })
  class Filter {}
  const text = record.searchable.map((property) => `\`${property}\``).join(', ');
  Field(() => String, { nullable: true, description: `Records that contain this text, in any case, in ${text}. At most 200 characters.` })(
    Filter.prototype,
    'search',
  );
  for (const property of Object.keys(record.references))
    Field(() => ID, { nullable: true, description: `Records whose \`${property}\` is this one.` })(Filter.prototype, property);
  addFilterFields(Filter, record.choiceFields);
  return Filter;
}

/** Declares `LeadOrder` and `LeadOrderField`. */
export function createOrderInput(record: RecordDefinition): ObjectClass {
  const name = `${record.name}OrderField`;
  const values = Object.fromEntries(listOrderFields(record).map((value) => [value, value]));
  const plain = record.orderable.map(
    (property) => [snakeCase(property).toUpperCase(), { description: `By \`${property}\`; null counts as the smallest.` }] as const,
  );
  const choices = record.choiceFields.map(
    (field) =>
      [
        field.legacyColumn.toUpperCase(),
        {
          description: `By the position of the ${describeField(field)}; records without one come after all others, before them if descending.`,
        },
      ] as const,
  );
  registerEnumType(values, {
    name,
    description: `What records of type ${record.name} can be ordered by.`,
    valuesConfig: Object.fromEntries<{ description: string }>([...plain, ...choices]),
  });

  @InputType(`${record.name}Order`, { description: `How to order records of type ${record.name}.` })
  class Order {
    @Field(() => values, { description: 'What to order by.' })
    field!: string;

    @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'Which way.' })
    direction!: keyof typeof OrderDirection;
  }
  return Order;
}
