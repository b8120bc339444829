import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

export const DeprecationVerdict = Object.fromEntries(
  ['SAFE', 'IN_USE', 'DATA_NOT_READY', 'TOO_EARLY', 'INSUFFICIENT_EVIDENCE'].map((verdict) => [verdict, verdict]),
);
registerEnumType(DeprecationVerdict, {
  name: 'DeprecationVerdict',
  description: 'Whether a deprecated member of the schema may go, over all tenants and clients.',
  valuesConfig: {
    SAFE: { description: 'It may: nothing keeps it.' },
    IN_USE: { description: 'Clients used it in the last 30 days, in whatever version of the API, or registered documents that use it.' },
    DATA_NOT_READY: { description: 'The data behind it is not migrated, or somebody writes it the old way.' },
    TOO_EARLY: { description: 'Clients were told that it stays for longer.' },
    INSUFFICIENT_EVIDENCE: { description: 'Too little is known of what clients use to say that nobody uses it.' },
  },
});

@ObjectType({ description: 'Why a deprecated member of the schema may not go.' })
export class DeprecationBlocker {
  @Field(() => String, { description: 'The verdict that it leads to: `IN_USE`.' })
  code!: string;

  @Field(() => String, { description: 'For people.' })
  message!: string;
}

@ObjectType({ description: 'That a client uses a deprecated member of the schema.' })
export class DeprecationUse {
  @Field(() => String, { nullable: true, description: 'What the client calls itself; null where it does not.' })
  client!: string | null;

  @Field(() => String, { nullable: true, description: 'What the client says its version is; null where it does not.' })
  clientVersion!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The version of the API: `2026-11`. Null for a registered document that was not executed.',
  })
  apiVersion!: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether it came by the path of the version, `/graphql/2026-11`, which goes on answering it; null for a registered document that was not executed.',
  })
  pinned!: boolean | null;

  @Field(() => String, { nullable: true, description: 'Name of the operation; null for an anonymous one.' })
  operation!: string | null;

  @Field(() => Int, { description: 'How often it was executed in the last 30 days; of more than 2147483647, that many.' })
  count!: number;

  /** When it was last executed. Its scalar is the application's. */
  lastSeen!: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the client registered a document with such an operation, which it may send at any time; null with the token of a tenant, as registered documents are no tenant’s.',
  })
  registered!: boolean | null;
}

@ObjectType({ description: 'A deprecated member of the schema, who uses it, and whether it may go.' })
export class DeprecationStatus {
  @Field(() => String, { description: 'Its schema coordinate: `Lead.industry`.' })
  coordinate!: string;

  @Field(() => String, { description: 'What `@deprecated` says of it.' })
  reason!: string;

  @Field(() => String, { description: 'What to write instead: `industryRef { key label }`.' })
  replacement!: string;

  @Field(() => String, { description: 'The version that deprecated it: `2026-11`.' })
  since!: string;

  @Field(() => String, { description: 'The month from which a version may be without it: `2027-07`.' })
  sunset!: string;

  @Field(() => DeprecationVerdict, { description: 'Whether it may go; if not, the first reason.' })
  verdict!: string;

  @Field(() => [DeprecationBlocker], { description: 'All that keeps it.' })
  blockers!: readonly DeprecationBlocker[];

  @Field(() => [DeprecationUse], {
    description:
      "Who uses it, the latest first, 100 at most: clients of the token's tenant, or of every tenant with a platform operator's token.",
  })
  uses!: readonly DeprecationUse[];

  @Field(() => Int, {
    description: 'How many clients use it that are not told of, each version by itself: those of other tenants, and what is left out.',
  })
  otherClients!: number;
}
