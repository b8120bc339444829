import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { tenantId } from '../database.ts';
import { type Choice, Industry, Lead, LeadSource, LeadStatus, MarketingChannel } from './entities.ts';
import type { Context } from './loaders.ts';

@InputType()
export class UpdateLeadInput {
  @Field(() => String, { nullable: true })
  company?: string;

  @Field(() => ID, { nullable: true })
  industryId?: string;
}

@ObjectType()
export class UpdateLeadPayload {
  @Field(() => Lead)
  lead!: Lead;
}

@Resolver(() => Lead)
export class LeadResolver {
  @Query(() => [Lead])
  async leads(
    @Ctx() { em }: Context,
    @Arg('first', () => Int) first: number,
    @Arg('after', () => ID, { nullable: true }) after?: string,
    @Arg('industryId', () => ID, { nullable: true }) industryId?: string,
  ): Promise<Lead[]> {
    const where = { tenantId, ...(after && { id: { $gt: after } }), ...(industryId && { industryRef: industryId }) };
    return em.find(Lead, where, { orderBy: { id: 'asc' }, limit: first });
  }

  @Mutation(() => UpdateLeadPayload)
  async updateLead(
    @Ctx() { em }: Context,
    @Arg('id', () => ID) id: string,
    @Arg('input', () => UpdateLeadInput) input: UpdateLeadInput,
  ): Promise<UpdateLeadPayload> {
    const lead = await em.findOneOrFail(Lead, { tenantId, id });
    em.assign(lead, { company: input.company, industryRef: input.industryId });
    await em.flush();
    return { lead };
  }

  @FieldResolver(() => Industry, { nullable: true })
  industryRef(@Root() lead: Lead, @Ctx() { loaders }: Context): Promise<Choice | null> | null {
    return lead.industryRef ? loaders.industry.load(lead.industryRef.id) : null;
  }

  @FieldResolver(() => LeadSource, { nullable: true })
  leadSourceRef(@Root() lead: Lead, @Ctx() { loaders }: Context): Promise<Choice | null> | null {
    return lead.leadSourceRef ? loaders.leadSource.load(lead.leadSourceRef.id) : null;
  }

  @FieldResolver(() => LeadStatus, { nullable: true })
  statusRef(@Root() lead: Lead, @Ctx() { loaders }: Context): Promise<Choice | null> | null {
    return lead.statusRef ? loaders.leadStatus.load(lead.statusRef.id) : null;
  }

  @FieldResolver(() => MarketingChannel, { nullable: true })
  marketingChannelRef(@Root() lead: Lead, @Ctx() { loaders }: Context): Promise<Choice | null> | null {
    return lead.marketingChannelRef ? loaders.marketingChannel.load(lead.marketingChannelRef.id) : null;
  }
}
