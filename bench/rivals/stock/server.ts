/** type-graphql, MikroORM and DataLoader in Apollo Server, as their guides put them together. */
import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { MikroORM } from '@mikro-orm/postgresql';
import { buildSchema } from 'type-graphql';
import { CONNECTIONS, databaseUrl } from '../database.ts';
import { Industry, Lead, LeadSource, LeadStatus, MarketingChannel } from './entities.ts';
import { LeadResolver } from './lead.resolver.ts';
import { type Context, createLoaders } from './loaders.ts';

const orm = await MikroORM.init({
  clientUrl: databaseUrl,
  entities: [Lead, Industry, LeadSource, LeadStatus, MarketingChannel],
  pool: { min: 0, max: CONNECTIONS },
});
const schema = await buildSchema({ resolvers: [LeadResolver], validate: false });
const server = new ApolloServer<Context>({ schema });
const { url } = await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: 0 },
  context: async () => {
    const em = orm.em.fork();
    return { em, loaders: createLoaders(em) };
  },
});
process.stdout.write(`ready ${url}\n`);
