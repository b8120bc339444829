import { Field, ID, Int, InterfaceType } from 'type-graphql';

@InterfaceType('Choice', { description: 'One selectable value of a tenant.', resolveType: (choice: { type: string }) => choice.type })
export abstract class ChoiceInterface {
  @Field(() => ID, { description: 'Identifies the choice within its tenant.' })
  id!: string;

  @Field(() => String, { description: 'Names the choice for programs. It never changes and is never used again.' })
  key!: string;

  @Field(() => String, { description: 'Names the choice for people. The tenant may change it.' })
  label!: string;

  @Field(() => Int, { description: 'Place of the choice among its kind, counted from 1.' })
  position!: number;

  @Field(() => Boolean, { description: 'Whether records may newly choose it. Records that have it keep it.' })
  active!: boolean;

  @Field(() => Int, { description: 'Counts the changes of the choice: given with an edit, it must match.' })
  version!: number;

  @Field(() => Boolean, { description: 'Whether it was deleted: it can be restored, and its key is never used again.' })
  deleted!: boolean;

  @Field(() => Boolean, { description: 'Whether the application relies on it, so that it cannot be deactivated or deleted.' })
  system!: boolean;

  @Field(() => ChoiceInterface as never, { nullable: true, description: 'The choice this one was merged into; null if it was not.' })
  mergedInto!: object | null;
}
