import { Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { UnauthenticatedError } from '../errors.ts';
import type { CrmContext } from './crm-context.ts';

@ObjectType({ description: 'A customer of this service. Its data is its own.' })
class Tenant {
  @Field(() => String, { description: 'Names the tenant in tokens and commands.' })
  slug!: string;

  @Field(() => String, { description: 'Name of the tenant.' })
  name!: string;
}

@ObjectType({ description: 'Who sends the request, as the token says.' })
class Viewer {
  @Field(() => String, { description: 'Subject of the token.' })
  subject!: string;

  @Field(() => Tenant, { nullable: true, description: 'The tenant; null for a platform operator.' })
  tenant!: Tenant | null;

  @Field(() => [String], { description: 'Roles: reader, writer, choice-admin, operator.' })
  roles!: string[];
}

@Resolver()
export class ViewerResolver {
  @Query(() => Viewer, { description: 'Who sends the request.' })
  viewer(@Ctx() { principal, tenant }: CrmContext): Viewer {
    if (principal === null) throw new UnauthenticatedError('This needs a token: send Authorization: Bearer TOKEN');
    return { subject: principal.subject, tenant: tenant?.tenant ?? null, roles: [...principal.roles].sort() };
  }
}
