import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PHASES } from '../migrate/phase.ts';

export const ChoicePhase = Object.fromEntries(PHASES.map((phase) => [phase.toUpperCase(), phase.toUpperCase()]));
registerEnumType(ChoicePhase, {
  name: 'ChoicePhase',
  description: 'How far a choice field has come.',
  valuesConfig: {
    LEGACY: { description: 'Only the legacy column is there.' },
    EXPANDED: { description: 'The ref, its foreign key, indexes and triggers are in place.' },
    POPULATED: { description: 'The tenant has its choices and aliases.' },
    MIGRATED: { description: 'Every record whose value resolves has its ref; every other value is accepted.' },
    PREFERRED: { description: 'Reads go by the ref alone.' },
    CONTRACTED: { description: 'The legacy column is gone; what the key could not restore is archived.' },
  },
});

@ObjectType({ description: 'A legacy value that no choice of the tenant maps.' })
export class UnmappedValue {
  @Field(() => String, { description: 'The value, to the byte.' })
  value!: string;

  @Field(() => Int, { description: 'How many records carry it.' })
  count!: number;

  @Field(() => Boolean, { description: 'Whether somebody allowed it to stay unmapped.' })
  accepted!: boolean;

  @Field(() => [String], { description: 'Keys of choices that it may have meant, best first.' })
  suggestions!: readonly string[];
}

@ObjectType({ description: 'Where a choice field stands in the migration for one tenant: rows = mapped + empty + missing + unmapped.' })
export class ChoiceFieldStatus {
  @Field(() => String, { description: 'Schema coordinate of the field: `Lead.industry`.' })
  coordinate!: string;

  @Field(() => String, { description: 'Slug of the tenant.' })
  tenant!: string;

  @Field(() => ChoicePhase, { description: 'How far it has come.' })
  phase!: string;

  @Field(() => Int, { description: 'How many records there are.' })
  rows!: number;

  @Field(() => Int, { description: 'Records whose ref is set.' })
  mapped!: number;

  @Field(() => Int, { description: 'Records without a value.' })
  empty!: number;

  @Field(() => Int, { description: 'Records whose value resolves to a choice that their ref does not name yet.' })
  missing!: number;

  @Field(() => Int, { description: 'Records whose value resolves to no choice.' })
  unmapped!: number;

  @Field(() => Int, { description: 'Of the unmapped ones, those whose value somebody allowed to stay so.' })
  accepted!: number;

  @Field(() => Int, { description: 'Of the mapped ones, those whose ref is not what their value resolves to. A fault.' })
  drift!: number;

  @Field(() => [UnmappedValue], {
    nullable: true,
    description: "The unmapped values, most frequent first; null for a platform operator, who sees no tenant's data.",
  })
  unmappedValues!: readonly UnmappedValue[] | null;
}
