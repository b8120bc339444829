import type { GraphQLScalarType } from 'graphql';
import { Ctx, Field, Query, Resolver } from 'type-graphql';
import { requireTenant } from '../../tenancy/access.ts';
import type { DeprecationContext } from './deprecation-context.ts';
import { DeprecationStatus, DeprecationUse } from './deprecation-status.type.ts';
import { describeDeprecation } from './describe-deprecation.ts';

/** Declares the query `deprecations`. `dateTime`: the application's scalar for points in time. */
export function createDeprecationResolver(dateTime: GraphQLScalarType): object {
  Field(() => dateTime, { nullable: true, description: 'When it was last executed; null for never in the last 30 days.' })(
    DeprecationUse.prototype,
    'lastSeen',
  );

  @Resolver()
  class DeprecationResolver {
    @Query(() => [DeprecationStatus], {
      description:
        "What is deprecated in the current version, who uses it, and whether it may go, which is judged over all tenants and every now and then. A tenant's token sees its own clients, a platform operator's token those of every tenant.",
    })
    async deprecations(@Ctx() context: DeprecationContext): Promise<DeprecationStatus[]> {
      const { principal } = context;
      const isPlatform = principal?.tenant === null && principal.roles.has('operator');
      const tenant = isPlatform ? null : requireTenant(context).tenant;
      const verdicts = await context.readRemovalVerdicts();
      const own = tenant && { tenant, uses: await context.readTenantUses(tenant) };
      return verdicts.map((verdict) => describeDeprecation(verdict, own));
    }
  }
  return DeprecationResolver;
}
