import { expect } from '@jest/globals';
import type { CallSite } from '../../../src/evolution/codemod/call-sites/call-site.ts';
import { findCallSites } from '../../../src/evolution/codemod/call-sites/find-call-sites.ts';
import { rewriteProject } from '../../../src/evolution/codemod/rewrite-project.ts';
import type { Problem, SourceFile } from '../../../src/evolution/codemod/rewrite-result.ts';
import { crmContext } from './crm-context.ts';

/** What is found of call sites in files of a client of the CRM whose documents leave no problem. */
export async function findSites(
  files: readonly SourceFile[],
): Promise<{ readonly sites: readonly CallSite[]; readonly problems: readonly Problem[] }> {
  const project = await rewriteProject(files, crmContext);
  expect(project.files.flatMap((file) => file.problems)).toEqual([]);
  return findCallSites(files, project, crmContext.rules);
}
