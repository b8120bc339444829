import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { deriveRewriteRules } from '../../../src/choice/derive/rewrite-rules.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { buildCrmSchema, crmLifecycle } from '../../../src/crm/crm-schema.ts';
import type { RewriteContext } from '../../../src/evolution/codemod/rewrite-result.ts';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { nextVersion } from '../../../src/evolution/versions/api-versions.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';

const annotated = await buildCrmSchema();
annotateSchema(annotated, crmLifecycle);

/** The CRM's clients go from 2026-11, as it was published, to the version without deprecated members. */
export const crmContext: RewriteContext = {
  schema: buildSchema(readFileSync('schema/2026-11.graphql', 'utf8')),
  nextSchema: viewSchema(annotated, nextVersion),
  rules: deriveRewriteRules(choiceRegistry.fields),
};
